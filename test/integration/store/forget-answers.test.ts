import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction, nextDue, readWakes, runClock, verifyAudit } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, noon } from './applications-world.ts'
import { apply, remove, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro, filed } = applicationsIn(() => database)

async function runTo(day: string): Promise<void> {
  const input = { vo: 'astro', now: noon(day), atMost: 100 }
  while ((await inTransaction(database.pool, (tx) => runClock(tx, input))).more);
}

/** Applications that have answers, be it in what was done to them. */
async function kept(): Promise<number[]> {
  const { rows } = await database.pool.query<{ id: number }>(
    `select application_id as id from application_answers
     union select application_id from application_act where answers is not null order by 1`,
  )
  return rows.map(({ id }) => id)
}

describe('answers of an application', () => {
  it.each(['reject', 'withdraw'] as const)('go ninety days after a %s, in the time zone of the VO', async (end) => {
    await astro()
    const application = await filed('idp/new')
    const resubmission = { answers: { name: 'Newer' } }
    await act('request-changes', application, 'idp/ada')
    await act('resubmit', application, 'idp/new', resubmission)
    await database.pool.query('delete from clock_wake')
    await act(end, application, end === 'reject' ? 'idp/ada' : 'idp/new')

    expect((await readWakes(database.pool)).vos).toEqual(['astro'])
    expect(await nextDue(database.pool, 'astro')).toMatchObject({
      ...{ kind: 'forget', at: new Date('2026-05-03T00:00:00Z'), count: 1 },
    })
    await runTo('2026-05-02')
    expect(await kept()).toEqual([application])
    await runTo('2026-05-03')

    expect(await kept()).toEqual([])
    expect(await nextDue(database.pool, 'astro')).toEqual({ count: 0 })
    const { rows } = await database.pool.query(
      `select actor, vo, name, personal from event join event_detail on event_id = event.id where action = 'forget'`,
    )
    expect(rows).toEqual([{ actor: 'clock', vo: 'astro', name: 'astro', personal: { user: 'idp/new', application } }])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it('are kept while the person is a member, and go with the membership', async () => {
    await astro()
    const application = await filed('idp/new')
    await act('approve', application, 'idp/ada')
    await runTo('2027-05-03')
    expect(await kept()).toEqual([application])

    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, {
        ...{ act: 'delete', vo: 'astro', requests: [{ user: 'idp/new' }], reason: '', cause: { actor: 'local/test' } },
        now: noon('2027-05-04'),
      }),
    )

    expect(await kept()).toEqual([])
  })

  it('go with the VO, decided or not', async () => {
    await astro()
    await act('reject', await filed('idp/new'), 'idp/ada')
    await act('approve', await filed('idp/other'), 'idp/ada')
    await filed('idp/third')

    const removed = [
      ...(['join', 'telescope', 'longer'] as const).map((name) => ['Form', name] as const),
      ...[['Resource', 'cluster'] as const, ['Group', 'telescope:operators'] as const, ['Group', 'telescope'] as const],
      ['VO', 'astro'] as const,
    ]
    await apply(
      database.pool,
      await Promise.all(removed.map(async ([kind, name]) => remove(await stored(database.pool, kind, name)))),
    )

    expect(await kept()).toEqual([])
  })
})
