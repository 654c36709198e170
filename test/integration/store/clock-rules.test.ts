import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  inTransaction,
  listMembers,
  nextDue,
  readWakes,
  runClock,
  verifyAudit,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

function dated(where: string, user: string, expires: string) {
  return { ...row('add', where, user), expires: { before: null, after: expires } }
}

/** Lets the clock run until nothing is left; the people of each step. */
async function run(now: Date, atMost = 100): Promise<number[]> {
  const steps: number[] = []
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost }))
    if (!step.more) return steps
    steps.push(step.changed)
  }
}

async function statuses(): Promise<object> {
  const { members } = await listMembers(database.pool, { vo: 'astro' })
  return Object.fromEntries(members.map(({ user, status }) => [user, status]))
}

async function history(): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    `select i.ref as "user", p.status, p.ended from member_past p join identity i on i.person_id = p.person_id
     where i.ref like 'idp/%' order by p.ended, 1`,
  )
  return rows
}

describe('the clock of a VO goes on by the rules of expiration', () => {
  const managed = { actor: 'local/test' }

  async function withRules(expiration: object, group: object = {}): Promise<void> {
    await apply(database.pool, [
      ...smallWorld()
        .filter((change) => !('user' in change) && change.kind !== 'VO' && change.name !== 'cluster')
        .slice(0, 7),
      add(document('VO', 'astro', { timeZone: 'Europe/Prague', expiration })),
      add(document('Group', 'guests', { expiration: group }, 'astro')),
      dated('astro', 'idp/kept', '2026-02-01'),
    ])
    const input = { vo: 'astro', reason: '', cause: managed, now: noon('2026-01-05') }
    const expires = '2026-02-28'
    const requests = [
      { user: 'idp/a', expires },
      { user: 'idp/b', expires },
    ]
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, act: 'add', requests }))
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, act: 'add', group: 'guests', requests }))
  }

  it('EXPIRED, DISABLED, deleted, each at its own moment; whom git keeps stays EXPIRED', async () => {
    await withRules({ extendBy: 'P1Y', disableAfter: 'P6M', deleteAfter: 'P1Y' })

    expect(await run(noon('2028-01-01'))).toEqual([1, 2, 2, 2])

    expect(await statuses()).toEqual({ 'idp/kept': 'EXPIRED' })
    expect(await history()).toEqual([
      { user: 'idp/kept', status: 'VALID', ended: new Date('2026-01-31T23:00:00Z') },
      ...['a', 'b'].map((user) => ({
        user: `idp/${user}`,
        status: 'VALID',
        ended: new Date('2026-02-27T23:00:00Z'),
      })),
      ...['a', 'b'].map((user) => ({
        user: `idp/${user}`,
        status: 'EXPIRED',
        ended: new Date('2026-08-27T22:00:00Z'),
      })),
      ...['a', 'b'].map((user) => ({
        user: `idp/${user}`,
        status: 'DISABLED',
        ended: new Date('2027-08-27T22:00:00Z'),
      })),
    ])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('tells what comes next, and a few people at a time do as well', async () => {
    await withRules({ disableAfter: 'P1M', deleteAfter: 'P1D' })
    await run(noon('2026-03-10'))

    expect(await nextDue(database.pool, 'astro')).toEqual({
      ...{ at: new Date('2026-03-27T23:00:00Z'), kind: 'disable', count: 2 },
    })
    expect(await run(noon('2026-04-10'), 1)).toEqual([1, 1, 1, 1])
    expect(await nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
  })

  it('takes people out of a group a while after their membership of it ended', async () => {
    await withRules({}, { removeAfter: 'P1M' })

    await run(noon('2026-03-27'))
    const { members: before } = await listMembers(database.pool, { vo: 'astro', group: 'guests' })
    expect(await run(noon('2026-03-28'))).toEqual([2])

    expect(before).toHaveLength(2)
    expect((await listMembers(database.pool, { vo: 'astro', group: 'guests' })).members).toEqual([])
    expect(await statuses()).toEqual({ 'idp/a': 'EXPIRED', 'idp/b': 'EXPIRED', 'idp/kept': 'EXPIRED' })
  })

  it('does not rewrite the past where a new rule would have come into play before', async () => {
    await withRules({ extendBy: 'P1Y' })
    await run(noon('2026-03-10'))
    const astro = await stored(database.pool, 'VO', 'astro')
    const rules = { timeZone: 'Europe/Prague', expiration: { extendBy: 'P1Y', disableAfter: 'P1D' } }
    const at = noon('2026-06-01')
    await apply(database.pool, [{ ...change(astro, document('VO', 'astro', rules)), fields: ['expiration'] }], {
      asOf: at,
    })

    await run(noon('2026-06-02'))

    expect((await history()).filter((past) => 'status' in past && past.status === 'EXPIRED')).toEqual([
      { user: 'idp/a', status: 'EXPIRED', ended: at },
      { user: 'idp/b', status: 'EXPIRED', ended: at },
    ])
  })

  it('counts from the day on which git drops the last row that held a member', async () => {
    await withRules({ extendBy: 'P1Y' })
    await apply(database.pool, [row('add', 'astro/guests', 'idp/c'), row('add', 'astro', 'idp/d')])
    const at = noon('2026-02-10')
    await database.pool.query('delete from clock_wake')
    await apply(database.pool, [row('remove', 'astro/guests', 'idp/c'), row('remove', 'astro', 'idp/d')], { asOf: at })

    const { members } = await listMembers(database.pool, { vo: 'astro' })

    expect(members.filter(({ user }) => user === 'idp/c' || user === 'idp/d')).toMatchObject([
      { user: 'idp/c', status: 'VALID', origins: ['manager'], expires: '2027-02-10' },
    ])
    expect((await readWakes(database.pool)).vos).toEqual(['astro'])
    await run(noon('2027-02-11'))
    expect(await statuses()).toMatchObject({ 'idp/c': 'EXPIRED' })
  })

  it('keeps the later date of two where git hands a row over to managers who had one already', async () => {
    await withRules({ extendBy: 'P1Y' })
    await run(noon('2026-03-10'))
    await apply(database.pool, [row('add', 'astro', 'idp/a')], { asOf: noon('2026-03-11') })
    await apply(database.pool, [row('change', 'astro', 'idp/a')], { asOf: noon('2026-03-12') })

    const { members } = await listMembers(database.pool, { vo: 'astro' })

    expect(members.find(({ user }) => user === 'idp/a')).toEqual({
      ...{ user: 'idp/a', identities: ['idp/a'], status: 'EXPIRED', direct: true, origins: ['manager'] },
    })
    const { rows } = await database.pool.query(
      `select m.status, m.expires from membership m join identity i using (person_id)
       where i.ref = 'idp/a' and group_id is null`,
    )
    expect(rows).toEqual([{ status: 'VALID', expires: null }])
  })

  it('counts an end as a loss whose date was young, and no other', async () => {
    await withRules({})
    const soon = [{ user: 'idp/a', expires: '2026-01-10' }]
    const input = { vo: 'astro', act: 'expires', reason: '', cause: managed, now: noon('2026-01-06') } as const
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, requests: soon }))

    await run(noon('2026-03-10'))

    const { rows } = await database.pool.query(
      'select kind, name, i.ref as "user" from loss join identity i using (person_id) order by 1, 2',
    )
    expect(rows).toEqual([
      { kind: 'group', name: 'guests', user: 'idp/a' },
      { kind: 'vo', name: 'astro', user: 'idp/a' },
    ])
  })
})
