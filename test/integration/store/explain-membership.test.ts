import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, addBans, explainMembership, inTransaction, listMembers } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const cause = { actor: 'local/test' }
const askedAt = noon('2026-03-01')

/** The small world, whose people have LoA 1, and whose VO asks for what is given here. */
beforeEach(async () => {
  database = await createTestDatabase()
  const changes = smallWorld().map((one) =>
    one.kind === 'Source' ? add(document('Source', 'idp', { type: 'declared', loa: 1 })) : one,
  )
  await apply(database.pool, changes)
})

afterEach(async () => database.drop())

async function astro(spec: object): Promise<void> {
  const have = await stored(database.pool, 'VO', 'astro')
  await apply(database.pool, [change(have, document('VO', 'astro', spec))])
}

async function act(what: 'add' | 'disable' | 'expires', user: string, more: object = {}): Promise<void> {
  const input = { act: what, vo: 'astro', reason: 'noise', cause, now: noon('2026-02-01') }
  await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, requests: [{ user, ...more }] }))
}

const why = (identity: string, asOf?: string) =>
  explainMembership(database.pool, { identity, vo: 'astro', askedAt, ...(asOf === undefined ? {} : { asOf }) })

describe('why somebody stands in a VO as they do', () => {
  it('is told by the rows, the levels and the date', async () => {
    await act('add', 'idp/grace')
    await act('expires', 'idp/grace', { expires: '2026-06-01' })

    expect(await why('idp/grace')).toEqual({
      status: 'VALID',
      rows: [
        { place: 'astro', holds: true, origin: 'manager', status: 'VALID', expires: '2026-06-01' },
        {
          place: 'astro/telescope:operators',
          holds: true,
          origin: 'config',
          status: 'VALID',
          file: 'all.yaml',
          line: 1,
        },
      ],
      levels: [1],
      missing: [],
    })
    expect(await why('idp/grace', '2026-01-31')).toMatchObject({ status: 'VALID', rows: [{ origin: 'config' }] })
  })

  it('is told by what the VO requires and the person lacks, as the list of members has it in short', async () => {
    await astro({ requires: { loa: [2, 3], attributes: ['user.email'] } })
    await act('add', 'idp/new')

    expect(await why('idp/new')).toMatchObject({
      status: 'INVALID',
      missing: [
        {
          code: 'loa-missing',
          message: '"idp/new" has no identity of LoA 2 or 3, which VO "astro" requires: theirs is 1',
        },
        { code: 'attribute-missing', message: '"idp/new" has no user.email, which VO "astro" requires' },
      ],
    })
    const { members } = await listMembers(database.pool, { vo: 'astro', askedAt })
    expect(
      members.filter(({ status }) => status === 'INVALID').map(({ user, missing }) => [user, missing]),
    ).toContainEqual(['idp/new', ['LoA 2 or 3', 'user.email']])
  })

  it('is told by the reason given and by bans; of somebody who is no member by that', async () => {
    await act('add', 'idp/new')
    await act('disable', 'idp/new')
    const requests = [{ user: 'idp/new', reason: 'abuse', until: null }]
    const ban = { place: { kind: 'vo', vo: 'astro' }, requests, cause, now: noon('2026-02-02') } as const
    await inTransaction(database.pool, (tx) => addBans(tx, ban))

    expect(await why('idp/new')).toMatchObject({
      ...{ status: 'DISABLED', reason: 'noise' },
      missing: [
        { code: 'banned', message: '"idp/new" is banned from VO "astro": abuse' },
        { code: 'member-not-valid', message: 'the membership of "idp/new" in VO "astro" is DISABLED' },
      ],
    })
    expect(await why('idp/new', '2026-01-31')).toMatchObject({
      ...{ status: null, rows: [], levels: null },
      missing: [{ code: 'not-a-member' }],
    })
    await expect(explainMembership(database.pool, { identity: 'idp/new', vo: 'astr', askedAt })).rejects.toThrow(
      'Cannot look up VO "astr": it is not in force; did you mean "astro"?',
    )
    expect(await why('idp/root')).toMatchObject({ status: null, rows: [] })
  })
})
