import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addresses, listNames, names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { anyAddress, textOf } from '../../../test/connectors/many-people.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isSafeFileName } from '../../file-names.ts'
import { generator } from './index.ts'

const manager = 'boss@example.org'
const ada = person('ada', { 'user.email': 'ada@example.org', 'user.displayName': 'Ada Lovelace' })
const grace = person('grace', { 'user.email': 'grace@example.org', 'user.displayName': 'Grace "Amazing" Hopper' })
const linus = person('linus', { 'user.email': 'linus@example.org' })

const listOf = (name: JsonValue, others: JsonObject = {}): { readonly attributes: JsonObject } => ({
  attributes: { 'resource.mailingListName': name, 'resource.mailingListManagerMail': manager, ...others },
})
const groupListOf = (name: JsonValue): { readonly attributes: JsonObject } => ({
  attributes: { 'group.mailingListName': name, 'group.mailingListManagerMail': manager },
})

describe('the mailman generator', () => {
  it('writes a file a list: its manager, then who is on it', async () => {
    const resources = [
      { ...listOf('cluster-users'), members: [ada, grace, linus] },
      { name: 'silent', members: [ada] },
    ]
    const groups = [
      { ...groupListOf('Board@lists.example.org'), members: [grace] },
      { ...groupListOf('nobody'), members: [] },
    ]

    expect(await generate(generator, inputOf({ resources, groups }))).toEqual({
      files: {
        'mailinglists/cluster-users':
          '#MANAGERS_MAIL=boss@example.org\n"Ada Lovelace" <ada@example.org>\n"Grace \\"Amazing\\" Hopper" <grace@example.org>\nlinus@example.org\n',
        'mailinglists/board@lists.example.org':
          '#MANAGERS_MAIL=boss@example.org\n"Grace \\"Amazing\\" Hopper" <grace@example.org>\n',
        'mailinglists/nobody': '#MANAGERS_MAIL=boss@example.org\n',
      },
      leftOut: [],
    })
  })

  it('puts nobody on a list who is expired, banned, or does not want to be on it', async () => {
    const members = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
      person('no', { ...linus.attributes, 'member-resource.optOutMailingList': true }),
      person('never', { ...linus.attributes, 'member-resource.optOutMailingList': '2026-11-28' }),
      person('asked', { ...linus.attributes, 'member-resource.optOutMailingList': false }),
    ]

    expect(await generate(generator, inputOf({ resources: [{ ...listOf('users'), members }] }))).toEqual({
      files: { 'mailinglists/users': '#MANAGERS_MAIL=boss@example.org\nlinus@example.org\n' },
      leftOut: [],
    })
  })

  it('makes one list of several resources and groups, with everybody on it once', async () => {
    const resources = [
      { ...listOf('users'), members: [linus] },
      { name: 'between', ...listOf('others'), members: [ada] },
      { name: 'other', ...listOf('Users'), members: [linus, ada] },
    ]
    const groups = [{ ...groupListOf('users'), members: [ada] }]

    expect(await generate(generator, inputOf({ resources, groups }))).toEqual({
      files: {
        'mailinglists/users': '#MANAGERS_MAIL=boss@example.org\nlinus@example.org\n"Ada Lovelace" <ada@example.org>\n',
        'mailinglists/others': '#MANAGERS_MAIL=boss@example.org\n"Ada Lovelace" <ada@example.org>\n',
      },
      leftOut: [],
    })
  })

  it('says whose address somebody else has on the list, capitals or not', async () => {
    const twin = person('twin', { 'user.email': 'ADA@example.org' })

    expect(await generate(generator, inputOf({ resources: [{ ...listOf('users'), members: [ada, twin] }] }))).toEqual({
      files: { 'mailinglists/users': '#MANAGERS_MAIL=boss@example.org\n"Ada Lovelace" <ada@example.org>\n' },
      leftOut: [{ user: 'idp/twin', reason: 'user.email is on list users for idp/ada already' }],
    })
  })

  it.each([
    [
      [listOf('users', { 'resource.mailingListManagerMail': null })],
      'resource astro/one: resource.mailingListManagerMail is missing or not a plain e-mail address',
    ],
    [
      [listOf('users', { 'resource.mailingListManagerMail': 'boss\n@example.org' })],
      'resource astro/one: resource.mailingListManagerMail is missing or not a plain e-mail address',
    ],
    [
      [listOf('users'), listOf('users', { 'resource.mailingListManagerMail': 'eve@example.org' })],
      'mailing list users is wanted with unlike settings',
    ],
  ])('makes no list without a manager that everybody names (%#)', async (lists, reason) => {
    const resources = lists.map((list) => ({ name: 'one', ...list, members: [ada] }))

    expect(await generate(generator, inputOf({ resources }))).toEqual({
      files: {},
      leftOut: [{ user: 'idp/ada', reason }],
    })
  })

  it.each(listNames)('makes no list of an unsafe name ($why)', async ({ list }) => {
    const resources = [{ ...listOf(list), members: [ada] }]
    const groups = [{ ...groupListOf(list), members: [ada] }]

    expect(await generate(generator, inputOf({ resources, groups }))).toEqual({
      files: {},
      leftOut: [
        { user: 'idp/ada', reason: 'resource astro/cluster: resource.mailingListName is not a safe name of a list' },
        { user: 'idp/ada', reason: 'group astro/team: group.mailingListName is not a safe name of a list' },
      ],
    })
  })

  it.each(addresses)('puts no address on a list that could be read as something else ($why)', async ({ address }) => {
    const eve = person('eve', { 'user.email': address })

    expect(await generate(generator, inputOf({ resources: [{ ...listOf('users'), members: [eve] }] }))).toEqual({
      files: { 'mailinglists/users': '#MANAGERS_MAIL=boss@example.org\n' },
      leftOut: [{ user: 'idp/eve', reason: 'user.email is not a plain e-mail address' }],
    })
  })

  it.each([...names, { why: 'encoded word', text: '=?utf-8?q?root?=' }])(
    'keeps a name within its quotes, or leaves its owner out ($why)',
    async ({ text }) => {
      const eve = person('eve', { 'user.email': 'eve@example.org', 'user.displayName': text })

      const { files, leftOut } = await generate(
        generator,
        inputOf({ resources: [{ ...listOf('users'), members: [eve] }] }),
      )

      const read = parse(files['mailinglists/users'] ?? '')
      expect(read).toEqual(leftOut.length === 1 ? [] : [[text.trim(), 'eve@example.org']])
    },
  )

  it('whatever people and lists are called, reading the files gives them back, or they are left out', async () => {
    const lists = fc.constantFrom<JsonValue>('users', 'Users', 'a.b', ...listNames.map(({ list }) => list))
    const given = fc.array(fc.tuple(lists, peopleWith({ 'user.email': anyAddress })), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(given, async (wanted) => {
        const resources = wanted.map(([list, members], index) => ({ name: `r${index}`, ...listOf(list), members }))

        const { files, leftOut } = await generate(generator, inputOf({ resources }))

        expect(new Set(leftOut.map(({ user, reason }) => `${user} ${reason}`)).size).toBe(leftOut.length)
        const out = new Set(leftOut.map(({ user }) => user))
        for (const [file, text] of Object.entries(files)) {
          expect(isSafeFileName(file) && file.startsWith('mailinglists/')).toBe(true)
          const read = parse(text)
          expect(new Set(read.map(([, address]) => address.toLowerCase())).size).toBe(read.length)
          const members = resources
            .filter(
              ({ attributes }) =>
                `mailinglists/${textOf({ attributes }, 'resource.mailingListName').toLowerCase()}` === file,
            )
            .flatMap((resource) => resource.members)
          const named = members.map((one) => [textOf(one, 'user.displayName').trim(), textOf(one, 'user.email')])
          expect(named).toEqual(expect.arrayContaining(read))
          const kept = members.filter(
            ({ status, banned, identities: [user = ''] }) => status === 'VALID' && !banned && !out.has(user),
          )
          const written = read.map(([, address]) => address.toLowerCase())
          for (const one of kept) expect(written).toContain(textOf(one, 'user.email').toLowerCase())
        }
      }),
    )
  })
})

/** As RFC 5322 says: an address, or a quoted string and an address in brackets. */
function parse(file: string): (readonly [name: string, address: string])[] {
  const [head, ...lines] = file.split('\n').slice(0, -1)
  expect(head).toBe(`#MANAGERS_MAIL=${manager}`)
  return lines.map((line) => {
    const [, quoted = '', address] = /^"((?:[^"\\]|\\.)*)" <([^<>]*)>$/.exec(line) ?? []
    return address === undefined ? ['', line] : [quoted.replaceAll(/\\(.)/g, '$1'), address]
  })
}
