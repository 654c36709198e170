import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  addBans,
  approveChange,
  endBan,
  eraseUsers,
  inTransaction,
  listEvents,
  listHolds,
  removeBans,
  type ActInput,
  type ActOn,
  type BanOn,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const cause = { actor: 'local/test' }

async function act(
  name: ActInput['act'],
  requests: readonly ActOn[],
  more: Partial<ActInput> = {},
): ReturnType<typeof actOnMembers> {
  const input = { act: name, vo: 'astro', requests, reason: 'the usual', cause, now: noon('2026-02-01') }
  return inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, ...more }))
}

/** Who something was done to and why, the first of it first. */
async function told(action: string): Promise<string[]> {
  const events = await listEvents(database.pool, { limit: 200 })
  return events
    .filter((event) => event.action === action)
    .reverse()
    .map(({ detail }) => [detail?.['user'], detail?.['reason']].join(': '))
}

async function disabled(): Promise<object[]> {
  const { rows } = await database.pool.query<{ user: string; reason: string }>(
    `select p.identities[1] as "user", mb.reason from member mb join person p on p.id = mb.person_id
     where mb.status = 'DISABLED' order by 1`,
  )
  return rows
}

describe('the reason of a line', () => {
  it('goes before that of all, in events and of who is DISABLED', async () => {
    const joining = [{ user: 'idp/m1', reason: 'visits the lab' }, { user: 'idp/m2' }]
    await act('add', joining)
    await act('add', [{ user: 'idp/m1', reason: 'observes' }, { user: 'idp/m2' }], { group: 'telescope' })
    await act('disable', [{ user: 'idp/m1', reason: 'lost the badge' }, { user: 'idp/m2' }])

    expect(await told('add')).toEqual(
      expect.arrayContaining([
        ...['idp/m1: visits the lab', 'idp/m2: the usual', 'idp/m1: observes', 'idp/m2: the usual'],
      ]),
    )
    expect(await told('disable')).toEqual(['idp/m1: lost the badge', 'idp/m2: the usual'])
    expect(await disabled()).toEqual([
      { user: 'idp/m1', reason: 'lost the badge' },
      { user: 'idp/m2', reason: 'the usual' },
    ])
  })

  it('of somebody who leaves stands behind that they left by themselves', async () => {
    await act('add', [{ user: 'idp/m1' }])
    await act('leave', [{ user: 'idp/m1', reason: 'moves away' }])

    expect(await disabled()).toEqual([{ user: 'idp/m1', reason: 'left by themselves: moves away' }])
    expect(await told('leave')).toEqual(['idp/m1: moves away'])
  })

  it('is kept where the act is held, makes it another act, and goes with who is erased', async () => {
    const people = Array.from({ length: 18 }, (_, index) => `idp/p${String(index).padStart(2, '0')}`)
    await act(
      'add',
      people.map((user) => ({ user })),
    )
    const leaving = people.slice(0, 9).map((user, index) => ({ user, reason: `case ${index}` }))
    await act('disable', leaving.slice(0, 9))
    await act('disable', [{ user: 'idp/p00', reason: 'case 77' }, ...leaving.slice(1)])
    await inTransaction(database.pool, (tx) =>
      eraseUsers(tx, { users: ['idp/p00'], reason: 'asked', cause, now: noon('2026-02-01') }),
    )

    const holds = await listHolds(database.pool)
    expect(holds).toHaveLength(2)
    const { rows } = await database.pool.query<{ change: string }>('select change::text from hold order by id')
    for (const { change } of rows) expect(change).not.toMatch(/case (0|77)/)
    const [{ digest } = { digest: '' }] = holds
    await inTransaction(database.pool, (tx) =>
      approveChange(tx, {
        ...{ digest, by: 'idp/grace', reason: 'agreed', at: noon('2026-02-02'), compileSchema: () => () => [] },
      }),
    )
    expect(await disabled()).toEqual(leaving.slice(1))
  })
})

describe('a ban that is lifted', () => {
  const place = { kind: 'vo', vo: 'astro' } as const
  const ban = (requests: readonly BanOn[]) =>
    inTransaction(database.pool, (tx) => addBans(tx, { place, requests, cause, now: noon('2026-02-01') }))

  it('is told of with why somebody lifts it, and why there was one', async () => {
    await ban([
      { user: 'idp/ada', reason: 'abuse', until: null },
      { user: 'idp/grace', reason: 'stolen keys', until: '2026-03-01' },
    ])
    const requests = [
      { user: 'idp/ada', reason: 'sorted out', until: null },
      { user: 'idp/grace', reason: 'new keys', until: null },
      { user: 'idp/nobody', reason: 'x', until: null },
    ]
    await inTransaction(database.pool, (tx) => removeBans(tx, { place, requests, cause, now: noon('2026-02-02') }))

    const events = await listEvents(database.pool, { limit: 10 })
    expect(events.filter(({ action }) => action === 'unban').map(({ detail }) => detail)).toEqual([
      { user: 'idp/grace', reason: 'new keys', until: '2026-03-01', ban: 'stolen keys' },
      { user: 'idp/ada', reason: 'sorted out', until: null, ban: 'abuse' },
    ])
  })

  it('by its day has nobody’s reason but that for which there was one', async () => {
    await ban([{ user: 'idp/ada', reason: 'abuse', until: '2026-03-01' }])
    const { rows } = await database.pool.query<{ id: number }>('select id from ban')
    const [{ id } = { id: 0 }] = rows
    await inTransaction(database.pool, (tx) => endBan(tx, { id, now: noon('2026-03-01') }))

    const [event] = await listEvents(database.pool, { limit: 1 })
    expect(event).toMatchObject({
      ...{ action: 'unban', actor: 'clock' },
      detail: { user: 'idp/ada', reason: null, until: '2026-03-01', ban: 'abuse' },
    })
  })
})
