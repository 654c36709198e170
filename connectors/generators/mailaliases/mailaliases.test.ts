import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addresses, names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { anyAddress, anyAddresses } from '../../../test/connectors/many-people.ts'
import type { Account } from '../../generator.ts'
import { generator } from './index.ts'

const ada = person('ada', {
  'user.login': 'ada',
  'user.email': 'ada@example.org',
  'user.emails': ['ada.lovelace@example.com', 'ada@example.org'],
})
const grace = person('grace', { 'user.login': 'grace', 'user.email': 'grace@example.org' })

describe('the mailaliases generator', () => {
  it('writes where the mail of every login goes, sorted by login', async () => {
    expect(await generate(generator, inputOf({ accounts: [grace, ada] }))).toEqual({
      files: { mailaliases: 'ada: ada@example.org, ada.lovelace@example.com\ngrace: grace@example.org\n' },
      leftOut: [],
    })
  })

  it('makes the file where there is nobody', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { mailaliases: '' }, leftOut: [] })
  })

  it.each([
    [{}, 'grace: grace@example.org\n'],
    [{ expired: true }, 'ada: ada@example.org, ada.lovelace@example.com\ngrace: grace@example.org\n'],
  ])('has whoever is expired only where its options %j say so, and nobody who is banned', async (options, file) => {
    const accounts = [
      { ...ada, status: 'EXPIRED' as const },
      grace,
      person('eve', { ...grace.attributes, 'user.login': 'eve' }, { banned: true }),
      person('mallory', { ...grace.attributes, 'user.login': 'mallory' }, { status: 'EXPIRED', banned: true }),
    ]

    expect(await generate(generator, inputOf({ accounts, options }))).toEqual({
      files: { mailaliases: file },
      leftOut: [],
    })
  })

  it('takes the other addresses where there is no first one, and says so where there is none', async () => {
    const accounts = [
      person('ada', { 'user.login': 'ada', 'user.emails': ['ada@example.org'] }),
      person('eve', { 'user.login': 'eve' }),
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: { mailaliases: 'ada: ada@example.org\n' },
      leftOut: [{ user: 'idp/eve', reason: 'user.email is missing' }],
    })
  })

  it('gives two people who share a login, capitals or not, no alias', async () => {
    const accounts = [person('one', { ...ada.attributes, 'user.login': 'Ada' }), ada, grace]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: { mailaliases: 'grace: grace@example.org\n' },
      leftOut: [
        { user: 'idp/one', reason: 'its login ada is also that of idp/ada' },
        { user: 'idp/ada', reason: 'its login ada is also that of idp/one' },
      ],
    })
  })

  it.each(['postmaster', 'Abuse', 'MAILER-DAEMON', 'owner-ada', 'ada-request', 'root'])(
    'gives nobody the mail of %s',
    async (login) => {
      const eve = person('eve', { ...ada.attributes, 'user.login': login })

      const { files, leftOut } = await generate(generator, inputOf({ accounts: [eve] }))

      expect(files).toEqual({ mailaliases: '' })
      expect(leftOut).toHaveLength(1)
    },
  )

  it.each(addresses)('never writes an address that could be read as something else ($why)', async ({ address }) => {
    const accounts = [
      person('eve', { 'user.login': 'eve', 'user.email': address }),
      person('mallory', { 'user.login': 'mallory', 'user.email': 'm@example.org', 'user.emails': [address] }),
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: { mailaliases: '' },
      leftOut: [
        { user: 'idp/eve', reason: 'user.email is not a plain e-mail address' },
        { user: 'idp/mallory', reason: 'user.emails is not a list of plain e-mail addresses' },
      ],
    })
  })

  it.each(names)('never writes a name for an address ($why)', async ({ text }) => {
    const eve = person('eve', { 'user.login': 'eve', 'user.email': text })

    expect((await generate(generator, inputOf({ accounts: [eve] }))).files).toEqual({ mailaliases: '' })
  })

  it('refuses options of another form', async () => {
    await expect(generate(generator, inputOf({ options: { expired: 'yes' } }))).rejects.toMatchObject({
      code: 'GENERATOR_OPTIONS_INVALID',
    })
  })

  it('whatever people are called, reading the file gives them back, or they are left out', async () => {
    const people = peopleWith({ 'user.email': anyAddress, 'user.emails': anyAddresses })
    await fc.assert(
      fc.asyncProperty(people, async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const read = parse(files['mailaliases'] ?? '')
        const out = new Set(leftOut.map(({ user }) => user))
        const kept = accounts.filter(({ status, banned }) => status === 'VALID' && !banned)
        expect(read).toEqual(
          kept
            .filter(({ identities: [user = ''] }) => !out.has(user))
            .map(aliasOf)
            .sort(([one], [other]) => (one < other ? -1 : 1)),
        )
        expect(new Set(read.map(([login]) => login.toLowerCase())).size).toBe(read.length)
      }),
    )
  })
})

type Alias = readonly [login: string, ...addresses: readonly string[]]

/** As aliases(5) says: `name: value, value`, one a line. */
function parse(file: string): Alias[] {
  return file
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, login = '', values = ''] = /^([^:]+):\s+(.*)$/.exec(line) ?? []
      return [login, ...values.split(', ')]
    })
}

function aliasOf({ attributes }: Account): Alias {
  const all = [attributes['user.email'], attributes['user.emails']].flat()
  const texts = [attributes['user.login'], ...new Set(all)].map((value) => (typeof value === 'string' ? value : ''))
  const [login = '', ...rest] = texts
  return [login, ...rest]
}
