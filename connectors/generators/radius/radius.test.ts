import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { logins, names, passwordHashes } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, notLeftOut, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { textOf } from '../../../test/connectors/many-people.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Account } from '../../generator.ts'
import { generator } from './index.ts'

const hash = '8846F7EAEE8FB117AD06BDD830B7586C'
const ada = person('ada', { 'user.login': 'ada', 'user.ntPasswordHash': hash, 'user-facility.vlan': 42 })
const grace = person('grace', { 'user.login': 'grace' })
const nobodyElse = 'DEFAULT\tAuth-Type := Reject\n'

describe('the radius generator', () => {
  it('writes an entry for everybody, sorted by login, and one that refuses everybody else', async () => {
    const accounts = [
      grace,
      ada,
      person('eve', { ...ada.attributes, 'user.login': 'eve' }, { status: 'EXPIRED' }),
      person('mallory', { ...ada.attributes, 'user.login': 'mallory' }, { banned: true }),
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: {
        authorize: `ada\tNT-Password := 0x8846f7eaee8fb117ad06bdd830b7586c
\tTunnel-Type = VLAN,
\tTunnel-Medium-Type = IEEE-802,
\tTunnel-Private-Group-Id = "42"
eve\tAuth-Type := Reject
\tReply-Message = "The membership has expired"
grace
mallory\tAuth-Type := Reject
\tReply-Message = "Access is blocked"
DEFAULT\tAuth-Type := Reject
`,
      },
      leftOut: [],
    })
  })

  it('takes the realm from the options, and whether others go on', async () => {
    const options = { realm: 'example.org', others: 'pass' }

    expect(await generate(generator, inputOf({ accounts: [grace], options }))).toEqual({
      files: { authorize: 'grace@example.org\n' },
      leftOut: [],
    })
  })

  it('refuses everybody where there is nobody', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { authorize: nobodyElse }, leftOut: [] })
  })

  it.each([{ realm: 'a b' }, { realm: 'x\ny' }, { realm: '' }, { realm: 7 }, { others: 'accept' }])(
    'refuses options such as %j',
    async (options) => {
      await expect(generate(generator, inputOf({ options }))).rejects.toMatchObject({
        code: 'GENERATOR_OPTIONS_INVALID',
      })
    },
  )

  it('knows neither of two people who share a login, capitals or not', async () => {
    const accounts = [ada, person('twin', { 'user.login': 'ADA' }), grace]

    const { files, leftOut } = await generate(generator, inputOf({ accounts }))

    expect(files['authorize']).toBe(`grace\n${nobodyElse}`)
    expect(leftOut.map(({ user }) => user).sort()).toEqual(['idp/ada', 'idp/twin'])
  })

  it.each([...logins.map(({ login }) => login), ...names.map(({ text }) => text), 'DEFAULT', 'Default'])(
    'writes no name that is more than one (%j)',
    async (login: JsonValue) => {
      const eve = person('eve', { 'user.login': login })

      const { files, leftOut } = await generate(generator, inputOf({ accounts: [eve] }))

      const written = leftOut.length === 1 ? '' : `${textOf(eve, 'user.login')}\n`
      expect(files['authorize']).toBe(`${written}${nobodyElse}`)
    },
  )

  it.each(passwordHashes)('leaves out whoever has a hash of another form ($why)', async (hostile) => {
    const eve = person('eve', { 'user.login': 'eve', 'user.ntPasswordHash': hostile.hash })

    expect(await generate(generator, inputOf({ accounts: [eve] }))).toEqual({
      files: { authorize: nobodyElse },
      leftOut: [{ user: 'idp/eve', reason: 'user.ntPasswordHash is not 32 hexadecimal digits' }],
    })
  })

  it.each([0, 4095, 1.5, -1, '42', 'eve', [42]])('leaves out whoever has %j for a VLAN', async (vlan) => {
    const eve = person('eve', { 'user.login': 'eve', 'user-facility.vlan': vlan })

    expect(await generate(generator, inputOf({ accounts: [eve] }))).toEqual({
      files: { authorize: nobodyElse },
      leftOut: [{ user: 'idp/eve', reason: 'user-facility.vlan is not a number from 1 to 4094' }],
    })
  })

  it('whatever people are called, reading the file gives them back, or they are left out', async () => {
    const people = peopleWith({
      'user.ntPasswordHash': fc.oneof(
        { weight: 5, arbitrary: fc.stringMatching(/^[0-9a-fA-F]{32}$/) },
        { weight: 1, arbitrary: fc.constantFrom<JsonValue>(null, ...passwordHashes.map((one) => one.hash)) },
      ),
      'user-facility.vlan': fc.constantFrom<JsonValue>(null, 1, 42, 4094, 4095, 'x'),
    })
    await fc.assert(
      fc.asyncProperty(people, async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const read = parse(files['authorize'] ?? '')
        const kept = notLeftOut(accounts, leftOut)
        expect(read.at(-1)).toEqual({ name: 'DEFAULT', checks: ['Auth-Type := Reject'], replies: [] })
        expect(read.slice(0, -1)).toEqual(kept.map(entryOf).sort((one, other) => (one.name < other.name ? -1 : 1)))
        expect(new Set(read.map(({ name }) => name.toLowerCase())).size).toBe(read.length)
      }),
    )
  })
})

interface Entry {
  readonly name: string
  readonly checks: readonly string[]
  readonly replies: readonly string[]
}

/** As users(5) of FreeRADIUS says: a line with the name and what is checked, then lines with blanks in front, parted by commas. */
function parse(file: string): Entry[] {
  const entries = file.split(/\n(?!\t)/).filter((entry) => entry !== '')
  return entries.map((entry) => {
    const [first = '', ...rest] = entry.split('\n')
    const [name = '', checks] = first.split('\t')
    return { name, checks: checks?.split(', ') ?? [], replies: rest.map((line) => line.trim().replace(/,$/, '')) }
  })
}

function entryOf({ attributes, status, banned }: Account): Entry {
  const name = textOf({ attributes }, 'user.login')
  if (banned || status !== 'VALID') {
    const message = banned ? 'Access is blocked' : 'The membership has expired'
    return { name, checks: ['Auth-Type := Reject'], replies: [`Reply-Message = "${message}"`] }
  }
  const own = textOf({ attributes }, 'user.ntPasswordHash').toLowerCase()
  const vlan = attributes['user-facility.vlan']
  return {
    name,
    checks: own === '' ? [] : [`NT-Password := 0x${own}`],
    replies:
      typeof vlan === 'number'
        ? ['Tunnel-Type = VLAN', 'Tunnel-Medium-Type = IEEE-802', `Tunnel-Private-Group-Id = "${vlan}"`]
        : [],
  }
}
