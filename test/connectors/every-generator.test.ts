import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { requireSafeFileNames } from '../../connectors/file-names.ts'
import type { Account, Generator, GeneratorInput } from '../../connectors/generator.ts'
import { generatorOptions, generators } from '../../connectors/registry.ts'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import { isOneLine } from '../../core/model/one-line.ts'
import { isObject } from '../../schemas/options-schema.ts'
import { logins, names } from './corpus.ts'
import { generate, inputOf, person } from './generator-input.ts'
import { ed25519 } from './public-keys.ts'

const people = 10_000
const parts = 4

/** What nobody needs to escape, and what is no part of another one's. */
function tokenOf(index: number): string {
  return `tok${index}z`
}

/** Of everybody, whoever the generator is; each value has the token, or is one of many. */
function harmless(index: number): Record<string, JsonValue> {
  const token = tokenOf(index)
  return {
    ...{ 'user.login': token, 'user.displayName': `Name ${token}`, 'user.email': `${token}@example.org` },
    ...{ 'user-facility.uid': 100_000 + index, 'user.shell': '/bin/bash', 'user.preferredLanguage': 'en' },
    'user-facility.dataQuotas': { [`/storage/${token}`]: '10G:12G' },
    'user.emails': [`${token}@mail.example.org`],
    'user.sshKeys': [`${ed25519} ${token}`],
    'user.kerberosPrincipals': [`${token}@EXAMPLE.ORG`],
    'user.eduPersonPrincipalNames': [`${token}@idp.example.org`],
    'user.certificateDns': { [`/DC=org/DC=example/CN=${token}`]: '/DC=org/DC=example/CN=CA' },
    'user.ntPasswordHash': '0123456789ABCDEF0123456789ABCDEF',
  }
}

const hostileText = fc.oneof(
  fc.constantFrom(...names.map(({ text }) => text)),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ unit: 'grapheme', minLength: 1 }),
)
const hostileValue: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constantFrom(...logins.map(({ login }) => login), -1, 0, 65_534, 1.5, true, { a: 'b' }) },
)

/** All but every fifth have one value that is hostile, and every fifth of them is expired, every seventh banned. */
function makePeople(): Account[] {
  const attributes = Object.entries(harmless(0)).flatMap(([name, value]) => (isObject(value) ? [] : [name]))
  const sample = fc.record({ attribute: fc.constantFrom(...attributes), value: hostileValue, text: hostileText })
  return fc.sample(sample, { numRuns: people, seed: 20_261_128 }).map(({ attribute, value, text }, index) => {
    const good = harmless(index)
    const bad = Array.isArray(good[attribute]) ? [text] : value
    const isGood = index % 5 === 0 || (attribute === 'user.login' && typeof bad === 'string' && /^\w[\w.-]*$/.test(bad))
    return person(`p${index}`, isGood ? good : { ...good, [attribute]: bad }, {
      status: index % 25 === 1 ? 'EXPIRED' : 'VALID',
      banned: index % 35 === 2,
    })
  })
}

/** A person is in one resource and in one group. */
function inputFor(generator: Generator, accounts: readonly Account[]): GeneratorInput {
  const members = (part: number): Account[] => accounts.filter((_, index) => index % parts === part)
  const list =
    '{% for user in users %}{{ user.attributes["user.login"] }} {{ user.attributes["user.email"] }}\n{% endfor %}'
  return inputOf({
    accounts,
    options: requiredOptions(generator.name),
    templates: generator.name === 'template' ? { 'list.txt': list } : {},
    resources: Array.from({ length: parts }, (_, part) => ({
      name: `resource${part}`,
      attributes: {
        'resource.apacheAuthzFile': `/srv/place${part}`,
        'resource.mailingListName': `from-resource${part}`,
        'resource.mailingListManagerMail': 'owner@example.org',
      },
      members: members(part),
    })),
    groups: Array.from({ length: parts }, (_, part) => ({
      name: `group${part}`,
      attributes: { 'group.unixGroupName': `unix${part}`, 'group.unixGid': 30_001 + part },
      members: members(part),
    })),
  })
}

/** Whether resources and groups here have something of what the generator reads of such; without it nobody is in its files. */
function isSetUp({ requires, uses }: Generator, { resources, groups }: GeneratorInput): boolean {
  const read = [...requires, ...uses].filter((name) => /^(resource|group|group-resource|facility|host|vo)\./.test(name))
  const given = [...resources, ...groups].flatMap(({ attributes }) => Object.keys(attributes))
  return read.length === 0 || read.some((name) => given.includes(name))
}

/** The first example of each option that a generator cannot do without. */
function requiredOptions(name: string): JsonObject {
  const { required, properties } = generatorOptions.get(name) ?? {}
  const options: Record<string, JsonValue> = {}
  for (const option of Array.isArray(required) ? required.map(String) : []) {
    const schema = isObject(properties) ? properties[option] : undefined
    const examples: readonly JsonValue[] =
      isObject(schema) && Array.isArray(schema['examples']) ? schema['examples'] : []
    options[option] = examples[0] ?? null
  }
  return options
}

/** What no text file may hold as it is: NUL, carriage returns, marks that change the direction of text. */
const unseen = /[\0\r\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

describe('every generator, for 10,000 people with hostile values', () => {
  let accounts: Account[] = []
  beforeAll(() => {
    accounts = makePeople()
  })

  it.each([...generators.values()].map((generator) => [generator.name, generator] as const))(
    '%s shows or leaves out each of them, twice with the same bytes, in safe files',
    async (_, generator) => {
      const input = inputFor(generator, accounts)
      const { files, leftOut } = await generate(generator, input)
      const again = await generate(generator, input)

      const hasSameBytes = JSON.stringify([files, leftOut]) === JSON.stringify([again.files, again.leftOut])
      expect(hasSameBytes).toBe(true)
      requireSafeFileNames(Object.keys(files))
      expect(
        Object.entries(files)
          .filter(([, text]) => unseen.test(text))
          .map(([file]) => file),
      ).toEqual([])
      expect(leftOut.filter(({ reason }) => !isOneLine(reason) || reason.length > 300)).toEqual([])
      const shown = shownIn(files)
      const isWrong = ({ banned, status }: Account, index: number): boolean =>
        !generator.carriesStatus && (banned || status !== 'VALID') && shown.has(index)
      expect(accounts.filter(isWrong)).toEqual([])
      // Of those with access these have nothing to say.
      if (!isSetUp(generator, input) || ['banned-users', 'fs-project'].includes(generator.name)) return
      const out = new Set(leftOut.map(({ user }) => user))
      const isMissing = ({ banned, identities: [user = ''], status }: Account, index: number): boolean =>
        status === 'VALID' && !banned && !shown.has(index) && !out.has(user)
      expect(accounts.filter(isMissing)).toEqual([])
      expect(shown.size).toBeGreaterThan(people / 10)
    },
  )
})

/** Whose token is in the name or text of a file. */
function shownIn(files: Readonly<Record<string, string>>): ReadonlySet<number> {
  const all = Object.entries(files).flatMap(([file, text]) => [...`${file}\n${text}`.matchAll(/tok(\d+)z/g)])
  return new Set(all.map(([, index]) => Number(index)))
}
