import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { renderTemplate } from '../../connectors/templates.ts'
import { configKinds } from '../../core/model/config-object.ts'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import type { Plan } from '../../core/model/plan.ts'
import { planFolder } from '../support/plan-folder.ts'

const root = new URL('../../', import.meta.url)
const sample = fileURLToPath(new URL('config-repo', root))
const files = readdirSync(sample, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
const documents = files.flatMap((name) => documentsIn(readFileSync(`${sample}/${name}`, 'utf8')))

describe('the sample organisation', () => {
  test('is planned from nothing, warns of the one who lacks an e-mail address and of terms to accept, and passes the guard', async () => {
    const { findings, guard, summary } = summarise(await planFolder(sample))

    expect({ guard, summary }).toEqual({ guard: 'pass', summary: { gained: 19, lost: 0 } })
    expect(findings).toEqual([
      {
        ...{ severity: 'warning', code: 'attribute-missing', at: { file: 'history/people.csv', line: 4, column: 1 } },
        message: '"idp/tycho" will be INVALID in VO "history", and have no access: user.email is missing',
      },
      {
        ...{ severity: 'warning', code: 'terms-new', at: { file: 'history/vo.yaml', line: 2, column: 1 } },
        message:
          'version "2026-01" of the terms of VO "history" is new: 4 people have to accept them before 2027-02-09, and will be INVALID otherwise',
        path: 'spec.terms.version',
      },
    ])
  })

  test('gives access to everybody but the one who lacks an e-mail address', async () => {
    const { impact } = await planFolder(sample)
    const readers = impact.gained.filter(({ resource }) => resource === 'reading-room').map(({ user }) => user)

    expect(readers).toEqual(['idp/johannes', 'idp/mary', 'idp/williamina'])
  })

  test('shows every kind', () => {
    expect(new Set(documents.map(kindOf))).toEqual(new Set(configKinds))
  })

  test('shows every key that the schemas accept', () => {
    const used = new Set(documents.flatMap((document) => keysOf(document, kindOf(document))).map(shared))
    const accepted = configKinds.flatMap((kind) => acceptedKeys(schemaOf(kind.toLowerCase()), kind))

    expect(accepted.filter((key) => !used.has(shared(key)))).toEqual([])
  })

  test('shows an attribute of every type and of the holder of each kind of person', () => {
    const attributes = documents.filter((document) => kindOf(document) === 'Attribute')
    const types = attributes.map((document) => textIn(document, 'spec', 'type'))
    const holders = attributes.map((document) => textIn(document, 'metadata', 'name').split('.')[0])

    expect(new Set(types)).toEqual(new Set(['string', 'integer', 'boolean', 'array', 'map']))
    expect(['user', 'identity', 'member', 'member-group'].filter((holder) => !holders.includes(holder))).toEqual([])
  })

  test('every file names the schema that editors check it against', () => {
    const firstLines = files.map((name) => readFileSync(`${sample}/${name}`, 'utf8').split('\n')[0])

    expect(new Set(firstLines)).toEqual(new Set(['# yaml-language-server: $schema=../guildhall.schema.json']))
  })

  test('its copy of the editor schema is the generated one', () => {
    const generated = readFileSync(new URL('schemas/generated/guildhall.schema.json', root), 'utf8')

    expect(readFileSync(`${sample}/guildhall.schema.json`, 'utf8')).toBe(generated)
  })

  test('its template lists the readers of each resource', async () => {
    const text = readFileSync(`${sample}/instance/templates/readers.liquid`, 'utf8')
    const member = { attributes: { 'user.login': 'mary', 'user.displayName': 'Mary Somerville' } }
    const resources = [
      { vo: 'astro', name: 'plates', members: [] },
      { vo: 'history', name: 'reading-room', members: [member] },
    ]

    const rendered = await renderTemplate({ name: 'readers.txt', text }, { options: { banner: 'Readers' }, resources })

    expect(rendered).toBe('Readers\nastro/plates\nhistory/reading-room\n  mary  Mary Somerville\n')
  })
})

function summarise({ findings, guard, impact }: Plan) {
  return { findings, guard: guard.verdict, summary: { gained: impact.gained.length, lost: impact.lost.length } }
}

function documentsIn(text: string): JsonObject[] {
  return parseAllDocuments(text).map((document) => plain(document))
}

function plain(document: { toJS(): JsonObject }): JsonObject {
  return document.toJS()
}

function textIn(document: JsonObject, key: string, inner: string): string {
  const value = document[key]
  const text: unknown =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Reflect.get(value, inner) : undefined
  return typeof text === 'string' ? text : ''
}

function kindOf(document: JsonObject): string {
  const kind = document['kind']
  return typeof kind === 'string' ? kind : ''
}

/** What several kinds have in common (metadata, guards, managers) need be shown once only. */
function shared(place: string): string {
  const steps = place.split('.')
  return steps.length > 3 || steps[1] === 'metadata' ? steps.slice(-2).join('.') : place
}

/** Lists every key of a document by its place, entries of lists without their number. */
function keysOf(value: JsonValue | undefined, place: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => keysOf(item, place))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [`${place}.${key}`, ...keysOf(inner, `${place}.${key}`)])
}

function schemaOf(name: string): JsonObject {
  return parsed(readFileSync(new URL(`schemas/config/${name}.schema.json`, root), 'utf8'))
}

function parsed(text: string): JsonObject {
  const [document] = parseAllDocuments(text)
  return document === undefined ? {} : plain(document)
}

/** Lists every key that a schema accepts, following references and alternatives; maps with free keys end there. */
function acceptedKeys(schema: JsonObject, place: string, document = schema): string[] {
  const resolve = (reference: string): [JsonObject, JsonObject] => {
    const [file = '', pointer = ''] = reference.split('#/definitions/')
    const home = file === '' ? document : schemaOf(file.replace('.schema.json', ''))
    return [objectAt(objectAt(home, 'definitions'), pointer), home]
  }
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    const [target, home] = resolve(reference)
    return acceptedKeys(target, place, home)
  }
  const own = Object.entries(objectAt(schema, 'properties')).flatMap(([key, inner]) => [
    `${place}.${key}`,
    ...acceptedKeys(isObject(inner) ? inner : {}, `${place}.${key}`, document),
  ])
  const others = [schema['items'], ...listAt(schema, 'anyOf'), ...listAt(schema, 'allOf')].filter(isObject)
  return [...own, ...others.flatMap((inner) => acceptedKeys(inner, place, document))]
}

function objectAt(holder: JsonObject, key: string): JsonObject {
  const value = holder[key]
  return isObject(value) ? value : {}
}

function listAt(holder: JsonObject, key: string): readonly JsonValue[] {
  const value = holder[key]
  return isList(value) ? value : []
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
