import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { changeIdentities, changeValues, inTransaction, nextDue, runClock } from '../../../store/index.ts'
import { anyValueFits, group, instance, source, user, vo, type Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from './commits.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const cause = { actor: 'local/test' }

async function commit(asOf: Date, ...documents: readonly Document[]): Promise<void> {
  await bring(database.pool, [instance(), ...documents], asOf)
}

interface Seen {
  readonly identity: string
  readonly loa: number
  readonly at: Date
}

async function see(now: Date, ...requests: readonly Seen[]): Promise<void> {
  const input = { act: 'seen', requests, reason: '', cause, now } as const
  await inTransaction(database.pool, (tx) => changeIdentities(tx, input))
}

async function run(now: Date): Promise<void> {
  for (let steps = 0; steps < 20; steps += 1) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost: 100 }))
    if (!step.more) return
  }
  throw new Error('the clock finds no end')
}

async function statusesSince(): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    'select status, since from member union all select status, began from member_past order by since',
  )
  return rows
}

const zed = user('zed', { identities: ['idp/zed', 'hr/zed', 'lab/zed'] })
const sources = [
  source('idp', { loa: 2, validFor: 'P1M' }),
  source('hr', { loa: 2, validFor: 'P2M' }),
  source('lab', { loa: 2 }),
]
const joined = noon('2026-01-07')
const told = noon('2026-06-01')

/** Both counted in February, and neither does in June. */
const ofFebruary = [
  { identity: 'idp/zed', loa: 1, at: noon('2026-02-01') },
  { identity: 'hr/zed', loa: 1, at: noon('2026-02-01') },
]

describe('what is told long after it was so', () => {
  it('lets nobody in before it was told', async () => {
    await commit(joined, ...sources, zed, vo('astro', { requires: { loa: [1] }, members: ['idp/zed'] }))
    expect(await statusesSince()).toEqual([{ status: 'INVALID', since: joined }])

    await see(told, ...ofFebruary)
    await run(told)

    expect(await statusesSince()).toEqual([{ status: 'INVALID', since: joined }])
    expect(await nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
  })

  /** The first level ends in February, the second, of those that are accepted, in March. */
  const ofJanuary = [
    { identity: 'idp/zed', loa: 0, at: joined },
    { identity: 'hr/zed', loa: 1, at: joined },
  ]

  it('lets nobody in before the commit that would have', async () => {
    await commit(joined, ...sources, zed, vo('astro', { requires: { loa: [3] }, members: ['idp/zed'] }))
    await see(joined, ...ofJanuary)
    await run(noon('2026-05-01'))

    await commit(told, ...sources, zed, vo('astro', { requires: { loa: [1] }, members: ['idp/zed'] }))
    await run(told)

    expect(await statusesSince()).toEqual([{ status: 'INVALID', since: joined }])
  })

  it('lets nobody in before a value was given that was missing', async () => {
    const requires = { loa: [1], attributes: ['user.email'] }
    await commit(joined, ...sources, zed, vo('astro', { requires, members: ['idp/zed'] }))
    await see(joined, ...ofJanuary)
    await run(noon('2026-05-01'))

    const email = { holder: 'user', names: [], user: 'idp/zed' } as const
    const requests = [{ holder: email, name: 'user.email', value: 'z@example.org' }]
    const input = { requests, reason: '', cause, now: told, compileSchema: anyValueFits }
    await inTransaction(database.pool, (tx) => changeValues(tx, input))
    await run(told)

    expect(await statusesSince()).toEqual([{ status: 'INVALID', since: joined }])
  })

  it('brings nobody into a group by a rule before it was told', async () => {
    await commit(
      joined,
      ...sources,
      zed,
      vo('astro', { members: ['idp/zed'] }),
      group('astro/ones', { where: '1 in user.loas' }),
    )

    await see(told, ...ofFebruary)
    await run(told)

    const { rows } = await database.pool.query(
      `select origin, since as at from membership where group_id is not null
       union all select origin, began from membership_past`,
    )
    expect(rows).toEqual([])
    expect(await nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
  })

  it('leaves who was seen meanwhile to what counts from then on', async () => {
    await commit(joined, ...sources, zed, vo('astro', { requires: { loa: [1] }, members: ['idp/zed'] }))

    await see(told, ...ofFebruary, { identity: 'hr/zed', loa: 1, at: told })
    await run(noon('2026-09-01'))

    expect(await statusesSince()).toEqual([
      { status: 'INVALID', since: joined },
      { status: 'VALID', since: told },
      { status: 'INVALID', since: new Date('2026-08-01T00:00:00Z') },
    ])
  })
})
