import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configKinds } from '../../core/model/config-object.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { compileCheck, compileOwnCheck, documentFaults, isIdentity } from '../../schemas/validate.ts'

function readSchema(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8'))
}

/** Yields every key that a document may have, with its schema. */
function* keysIn(schema: unknown, path: string): Generator<readonly [string, object]> {
  for (const [key, inner] of entriesOf(schema)) {
    for (const [name, value] of key === 'properties' ? entriesOf(inner) : []) {
      if (typeof value === 'object' && value !== null) yield [`${path}.${name}`, value]
    }
    if (key !== 'examples') yield* keysIn(inner, `${path}.${key}`)
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

describe('configuration schemas', () => {
  it.each(['common', ...configKinds.map((kind) => kind.toLowerCase())])(
    'every key of %s is described, with an example',
    (name) => {
      const keys = [...keysIn(readSchema(`config/${name}.schema.json`), name)]

      const bare = keys.filter(
        ([, schema]) => !('$ref' in schema) && !('description' in schema && 'examples' in schema),
      )

      expect(bare.map(([path]) => path)).toEqual([])
    },
  )

  it('the schema for editors is one file that refers to nothing else', () => {
    const text = JSON.stringify(readSchema('generated/guildhall.schema.json'))

    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, to = '']) => to)

    expect(references.filter((to) => !to.startsWith('#/definitions/'))).toEqual([])
    expect(text).not.toContain('"tsType"')
  })

  it('a document without mistakes has no fault', () => {
    const document = {
      apiVersion: 'guildhall/v1',
      kind: 'VO',
      metadata: { name: 'astro' },
      spec: { members: ['idp/ada'] },
    }

    expect(documentFaults(document)).toEqual([])
  })

  it('one mistake in an alternative gives one fault', () => {
    const spec = { managers: [{ user: 'ada' }, { grup: 'board' }, 'idp/ada'] }

    const faults = documentFaults({ apiVersion: 'guildhall/v1', kind: 'VO', metadata: { name: 'astro' }, spec })

    expect(faults.map(({ path }) => path)).toEqual([
      ['spec', 'managers', 0, 'user'],
      ['spec', 'managers', 1, 'grup'],
      ['spec', 'managers', 2],
    ])
  })
})

describe('identities', () => {
  it.each(['idp/ada', 'idp/https://orcid.org/0000-0001', 'x509/CN=Ada Lovelace,O=Example', 'idp/a:b', 'idp/Žofie'])(
    '%j is one',
    (text) => expect(isIdentity(text)).toBe(true),
  )

  it.each([
    'ada',
    '/ada',
    'idp/',
    'idp/ ada',
    'idp/ada ',
    'i d p/ada',
    'idp/a\nb',
    'idp/a\u202eb',
    '../ada'.repeat(300),
  ])('%j is none', (text) => expect(isIdentity(text)).toBe(false))
})

describe('schemas that documents bring along', () => {
  it('a pattern that would run for ever elsewhere answers at once', () => {
    const check = compileCheck({ type: 'string', pattern: '^(a+)+$' })

    expect(typeof check === 'function' ? check(`${'a'.repeat(50_000)}!`).length : check).toBe(1)
  })

  it('each of two patterns counts for itself', () => {
    const check = compileCheck({ properties: { low: { pattern: '^[a-z]+$' }, high: { pattern: '^[A-Z]+$' } } })
    const paths = (value: JsonObject) => (typeof check === 'function' ? check(value).map(({ path }) => path) : check)

    expect(paths({ low: 'ada', high: 'ADA' })).toEqual([])
    expect(paths({ low: 'ADA', high: 'ADA' })).toEqual([['low']])
    expect(paths({ low: 'ada', high: 'ada' })).toEqual([['high']])
  })

  it.each([{ $ref: 'file:///etc/passwd' }, { type: 'strin' }, { pattern: '(?=a)' }, { pattern: '(' }])(
    '%j is refused',
    (schema) => expect(compileCheck(schema)).toMatchObject({ code: 'value-invalid' }),
  )

  it('a secret in plain is not repeated', () => {
    const secret = { type: 'object', required: ['secret'], properties: { secret: { type: 'string' } } }
    const check = compileOwnCheck({ type: 'object', properties: { key: secret } })

    expect(check({ key: 'hunter2' })).toMatchObject([
      { code: 'secret-plain', message: expect.not.stringContaining('hunter2') },
    ])
  })
})
