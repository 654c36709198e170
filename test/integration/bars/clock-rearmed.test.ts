import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createClockActivities } from '../../../activities/clock.ts'
import * as store from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { clockId, expiryProgress, wakeClock, type ExpiryOutcome } from '../../../workflows/expiry/messages.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, change, document, remove, row, stored } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from '../workflows/harness.ts'

jest.setTimeout(120_000)

const dayMs = 86_400_000

/** The day so many days from now, in UTC. */
function dayIn(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)
}

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`)

describe('a clock that sleeps while things change', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    await apply(database.pool, [
      add(document('Instance', 'example')),
      add(document('Source', 'idp', { type: 'declared' })),
    ])
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
  })

  const real = () => ({
    ...quietActivities(),
    ...createClockActivities({ pool: database.pool, store, tell: async () => 0, reached: () => undefined }),
  })
  const handleOf = (vo: string) => temporal.client.workflow.getHandle<() => Promise<ExpiryOutcome>>(clockId(vo))
  const nextAt = async (vo: string) => (await handleOf(vo).query(expiryProgress)).nextAt

  function member(vo: string, user: string, days: number) {
    return { ...row('add', vo, user), expires: { before: null, after: dayIn(days) } }
  }

  /** Passes on what the changes left for clocks, as the relay does; or forgets it, as if nobody had. */
  async function wakeClocks(to: 'pass on' | 'forget' = 'pass on'): Promise<void> {
    const wakes = await store.readWakes(database.pool)
    if (to === 'pass on')
      for (const vo of wakes.vos) await temporal.client.workflow.signalWithStart('expiry', wakeClock(vo))
    await store.forgetWakes(database.pool, wakes)
  }

  async function armed(vo: string, at: number): Promise<void> {
    expect(await waitUntil(async () => (await nextAt(vo)) === at, 30_000)).toBe(true)
  }

  /** How long, by the workflow's own time, from the last signal until the last timer was started. */
  async function rearmedWithinMs(vo: string): Promise<number> {
    const { events } = await handleOf(vo).fetchHistory()
    const lastOf = (key: 'workflowExecutionSignaledEventAttributes' | 'timerStartedEventAttributes'): number => {
      const event = (events ?? []).findLast((one) => (one[key] ?? undefined) !== undefined)
      return Number(event?.eventTime?.seconds ?? 0) * 1000
    }
    return lastOf('timerStartedEventAttributes') - lastOf('workflowExecutionSignaledEventAttributes')
  }

  async function endedOf(vo: string): Promise<number[]> {
    const { rows } = await database.pool.query<{ ended: Date }>(
      `select p.ended from membership_past p join vo on vo.id = p.vo_id where vo.name = $1 and p.status = 'VALID' order by 1`,
      [vo],
    )
    return rows.map(({ ended }) => ended.getTime())
  }

  it('is armed anew within a minute where a rule or a date changes, the VO is renamed or deleted', async () => {
    const { pool } = database
    await apply(pool, [
      add(document('VO', 'astro', { expiration: { extendBy: 'P1Y' } })),
      member('astro', 'idp/ada', 300),
    ])

    await withWorkers(temporal, real(), async () => {
      await wakeClocks()
      await armed('astro', startOf(dayIn(300)))

      const astro = await stored(pool, 'VO', 'astro')
      const earlier = document('VO', 'astro', { expiration: { extendBy: 'P1Y' }, notices: { before: ['P100D'] } })
      await apply(pool, [{ ...change(astro, earlier), fields: ['notices'] }])
      await wakeClocks()
      await armed('astro', startOf(dayIn(200)))
      expect(await rearmedWithinMs('astro')).toBeLessThan(60_000)

      await apply(pool, [member('astro', 'idp/grace', 50)], { asOf: new Date() })
      await wakeClocks()
      await armed('astro', startOf(dayIn(50)))
      expect(await rearmedWithinMs('astro')).toBeLessThan(60_000)

      await apply(pool, [change(await stored(pool, 'VO', 'astro'), { ...earlier, name: 'astronomy' })])
      await wakeClocks()
      await armed('astronomy', startOf(dayIn(50)))
      expect(await handleOf('astro').result()).toEqual({ kind: 'gone', ended: 0 })

      await apply(pool, [remove(await stored(pool, 'VO', 'astronomy'))])
      await wakeClocks()
      expect(await handleOf('astronomy').result()).toEqual({ kind: 'gone', ended: 0 })
    })
  })

  it('nobody told of a later date finds nothing to do when its old timer fires, and ends it when it is due', async () => {
    const { pool } = database
    await apply(pool, [add(document('VO', 'bio')), member('bio', 'idp/linus', 300)])

    await withWorkers(temporal, real(), async () => {
      await wakeClocks()
      await armed('bio', startOf(dayIn(300)))
      const later = { ...row('change', 'bio', 'idp/linus'), expires: { before: dayIn(300), after: dayIn(900) } }
      await apply(pool, [later], { asOf: new Date() })
      await wakeClocks('forget')

      await skipTime(temporal.client, { workflowId: clockId('bio') })

      expect(await waitUntil(async () => (await handleOf('bio').query(expiryProgress)).ended === 1, 60_000)).toBe(true)
      expect((await endedOf('bio')).at(-1)).toBe(startOf(dayIn(900)))
      expect(await endedOf('bio')).not.toContain(startOf(dayIn(300)))
      await apply(pool, [remove(await stored(pool, 'VO', 'bio'))])
      await wakeClocks()
      expect(await handleOf('bio').result()).toEqual({ kind: 'gone', ended: 1 })
    })
  })

  it('nobody told that its VO has another name ends at its old timer, and changes nothing', async () => {
    const { pool } = database
    await apply(pool, [add(document('VO', 'chem')), member('chem', 'idp/marie', 300)])

    await withWorkers(temporal, real(), async () => {
      await wakeClocks()
      await armed('chem', startOf(dayIn(300)))
      await apply(pool, [change(await stored(pool, 'VO', 'chem'), document('VO', 'chemistry'))])
      await wakeClocks('forget')

      await skipTime(temporal.client, { workflowId: clockId('chem') })

      expect(await handleOf('chem').result()).toEqual({ kind: 'gone', ended: 0 })
      expect(await endedOf('chemistry')).toEqual([])
    })
  })
})
