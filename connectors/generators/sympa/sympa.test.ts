import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addresses, listNames, names } from '../../../test/connectors/corpus.ts'
import {
  generate,
  inputOf,
  notLeftOut,
  peopleWith,
  person,
  withAccess,
} from '../../../test/connectors/generator-input.ts'
import { anyAddress, textOf } from '../../../test/connectors/many-people.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { generator } from './index.ts'

const ada = person('ada', { 'user.email': 'ada@example.org', 'user.displayName': 'Ada Lovelace' })
const grace = person('grace', {
  'user.email': 'grace@example.org',
  'user.displayName': 'Grace Hopper',
  'user.preferredLanguage': 'cs-CZ',
})
const linus = person('linus', { 'user.email': 'linus@example.org', 'user.preferredLanguage': 'fi' })

const listOf = (name: JsonValue, languages?: JsonValue): { readonly attributes: JsonObject } => ({
  attributes: {
    'resource.mailingListName': name,
    ...(languages !== undefined && { 'resource.mailingListLanguages': languages }),
  },
})

describe('the sympa generator', () => {
  it('writes a file a list: the address, then the name', async () => {
    const resources = [
      { ...listOf('users'), members: [ada, grace, linus] },
      { name: 'silent', members: [ada] },
    ]
    const groups = [{ attributes: { 'group.mailingListName': 'board' }, members: [grace] }]

    expect(await generate(generator, inputOf({ resources, groups }))).toEqual({
      files: {
        'mailinglists/users': 'ada@example.org Ada Lovelace\ngrace@example.org Grace Hopper\nlinus@example.org\n',
        'mailinglists/board': 'grace@example.org Grace Hopper\n',
      },
      leftOut: [],
    })
  })

  it('writes a file a language where a list has some, and everybody is in one of them', async () => {
    const resources = [{ ...listOf('users@lists.example.org', ['en', 'cs', 'de']), members: [ada, grace, linus] }]

    expect(await generate(generator, inputOf({ resources }))).toEqual({
      files: {
        'mailinglists/users-en@lists.example.org': 'ada@example.org Ada Lovelace\nlinus@example.org\n',
        'mailinglists/users-cs@lists.example.org': 'grace@example.org Grace Hopper\n',
        'mailinglists/users-de@lists.example.org': '',
      },
      leftOut: [],
    })
  })

  it('makes no list whose file another list has too', async () => {
    const resources = [
      { ...listOf('users', ['en']), members: [ada] },
      { ...listOf('users-en'), members: [linus] },
      { ...listOf('others'), members: [grace] },
    ]

    const reason = 'mailing lists users and users-en would have the same file'
    expect(await generate(generator, inputOf({ resources }))).toEqual({
      files: { 'mailinglists/others': 'grace@example.org Grace Hopper\n' },
      leftOut: [
        { user: 'idp/ada', reason },
        { user: 'idp/linus', reason },
      ],
    })
  })

  it.each([['en'], [['english']], [['e/n']], [['../en']], [[1]], [{ en: true }]])(
    'makes no list of languages such as %j',
    async (languages) => {
      const resources = [{ ...listOf('users', languages), members: [ada] }]

      expect(await generate(generator, inputOf({ resources }))).toEqual({
        files: {},
        leftOut: [
          {
            user: 'idp/ada',
            reason: 'resource astro/cluster: resource.mailingListLanguages is not a list of languages such as "en"',
          },
        ],
      })
    },
  )

  it('puts nobody on a list who is expired, banned, or does not want to be on it', async () => {
    const members = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
      person('no', { ...linus.attributes, 'member-resource.optOutMailingList': true }),
    ]

    expect(await generate(generator, inputOf({ resources: [{ ...listOf('users'), members }] }))).toEqual({
      files: { 'mailinglists/users': '' },
      leftOut: [],
    })
  })

  it.each(listNames)('makes no list of an unsafe name ($why)', async ({ list }) => {
    const { files, leftOut } = await generate(generator, inputOf({ resources: [{ ...listOf(list), members: [ada] }] }))

    expect(files).toEqual({})
    expect(leftOut).toHaveLength(1)
  })

  it.each(addresses)('puts no address on a list that could be read as something else ($why)', async ({ address }) => {
    const eve = person('eve', { 'user.email': address })

    expect(await generate(generator, inputOf({ resources: [{ ...listOf('users'), members: [eve] }] }))).toEqual({
      files: { 'mailinglists/users': '' },
      leftOut: [{ user: 'idp/eve', reason: 'user.email is not a plain e-mail address' }],
    })
  })

  it.each(names)('keeps a name on its line, or leaves its owner out ($why)', async ({ text }) => {
    const eve = person('eve', { 'user.email': 'eve@example.org', 'user.displayName': text })

    const { files, leftOut } = await generate(
      generator,
      inputOf({ resources: [{ ...listOf('users'), members: [eve] }] }),
    )

    expect(parse(files['mailinglists/users'] ?? '')).toEqual(
      leftOut.length === 1 ? [] : [['eve@example.org', text.trim()]],
    )
  })

  it('whatever people are called, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.email': anyAddress }), async (members) => {
        const { files, leftOut } = await generate(generator, inputOf({ resources: [{ ...listOf('users'), members }] }))

        const kept = notLeftOut(withAccess(members), leftOut)
        const written = kept.map((one) => [textOf(one, 'user.email'), textOf(one, 'user.displayName').trim()])
        expect(parse(files['mailinglists/users'] ?? '')).toEqual(written)
      }),
    )
  })
})

/** As Sympa takes lines of subscribers: the address, blanks, and the rest of the line. */
function parse(file: string): (readonly [address: string, name: string])[] {
  return file
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, address = '', name = ''] = /^(\S+)(?: +(.*))?$/.exec(line) ?? []
      return [address, name]
    })
}
