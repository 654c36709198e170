import { createClockActivities } from '../../activities/clock.ts'
import { MockActivityEnvironment } from '@temporalio/testing'
import * as store from '../../store/index.ts'
import { timed, type Bench } from './measure.ts'
import { apply, asOf, document, fill, ground, openWorld, read, together, writeFiles, type World } from './world.ts'

const people = 100_000
const day = '2026-09-01'
const now = Date.parse('2026-09-01T12:00:00Z')

/** A hundred thousand memberships end on one day, against one update of the same rows that does nothing else. */
export const expiryBench: Bench = {
  name: 'expiry',
  goal: 5,
  prepare: async () => {
    const world = await openWorld()
    await apply(world.pool, await read(writeFiles(`${world.home}/configuration`, configuration())))
    await fill(world.pool, people)
    const { runClock } = createClockActivities({
      ...{ pool: world.pool, store },
      ...{ tell: async () => 0, reached: () => undefined },
    })
    const environment = new MockActivityEnvironment()
    return {
      value: async () => {
        await begin(world)
        const input = { vo: 'big', now }
        const took = await timed(async () => environment.run(runClock, input))
        await expectEnded(world)
        return took
      },
      baseline: async () => {
        await begin(world)
        const took = await timed(async () => update(world))
        await expectEnded(world)
        return took
      },
      close: async () => world.close(),
    }
  },
}

function configuration() {
  return {
    'instance.yaml': ground(document('Facility', { name: 'hpc' }, { offers: [{ name: 'main', vo: 'big' }] })),
    'vo.yaml': together(
      document('VO', { name: 'big' }, {}),
      document('Group', { vo: 'big', name: 'all' }, {}),
      document('Resource', { vo: 'big', name: 'batch' }, { facility: 'hpc', groups: ['all'] }),
    ),
  }
}

/** Everybody is VALID until the day; nothing is left of the round before. */
async function begin({ pool }: World): Promise<void> {
  await pool.query(`update membership set status = 'VALID', expires = $1, status_since = null`, [day])
  await pool.query(`update member set status = 'VALID', expires = $1, ended_by = null, since = $2`, [day, asOf])
  await pool.query('truncate membership_past, member_past, clock')
  await pool.query('vacuum analyze')
  await pool.query('checkpoint')
}

async function update({ pool }: World): Promise<void> {
  await pool.query(
    `with ended as (
       update membership set status = 'EXPIRED', status_since = $2 where status = 'VALID' and expires = $1 returning person_id
     )
     update member set status = 'EXPIRED', ended_by = 'clock', since = $2 from ended where member.person_id = ended.person_id`,
    [day, new Date(now)],
  )
}

async function expectEnded({ pool }: World): Promise<void> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from member where status = 'EXPIRED'`,
  )
  if (rows[0]?.count !== people) throw new Error(`${rows[0]?.count ?? 0} of ${people} memberships ended`)
}
