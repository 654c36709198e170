import type { CommitPlan } from '../../core/plan/plan-commit.ts'
import { loadState } from '../../store/index.ts'
import { timed, type Bench } from './measure.ts'
import {
  apply,
  applyStep,
  asOf,
  document,
  fill,
  ground,
  openWorld,
  plan,
  read,
  together,
  writeFiles,
  type World,
} from './world.ts'

const people = 100_000

/** The definition of a required attribute loses its default, so that a hundred thousand members lack it, against one update of the same rows. */
export const recheckBench: Bench = {
  name: 'recheck',
  goal: 5,
  prepare: async () => {
    const world = await openWorld()
    await apply(world.pool, await read(writeFiles(`${world.home}/before`, configuration({ default: 'none' }))))
    await fill(world.pool, people + 1)
    // Rows of git that the files do not name would go with the same commit, and be measured with it.
    await world.pool.query(`update membership set origin = 'manager'`)
    await giveOne(world)
    const after = await read(writeFiles(`${world.home}/after`, configuration({})))
    const decided = plan(await loadState(world.pool, { lossesSince: asOf, required: ['member.badge'] }), after)
    return {
      value: async () => {
        await begin(world)
        const took = await timed(async () => carryOut(world, decided))
        await expectRechecked(world)
        return took
      },
      baseline: async () => {
        await begin(world)
        const took = await timed(async () =>
          world.pool.query(
            `update member set status = 'INVALID', since = $1
             where status = 'VALID' and person_id not in (select subject from attribute_value where attribute = 'member.badge')`,
            [asOf],
          ),
        )
        await expectRechecked(world)
        return took
      },
      close: async () => world.close(),
    }
  },
}

function configuration(definition: object) {
  return {
    'instance.yaml': ground(
      document('Attribute', { name: 'member.badge' }, { type: 'string', ...definition }),
      document('Facility', { name: 'hpc' }, { offers: [{ name: 'main', vo: 'big' }] }),
    ),
    'vo.yaml': together(
      document('VO', { name: 'big' }, { requires: { attributes: ['member.badge'] } }),
      document('Group', { vo: 'big', name: 'all' }, {}),
      document('Resource', { vo: 'big', name: 'batch' }, { facility: 'hpc', groups: ['all'] }),
    ),
  }
}

/** The guard holds what would leave nobody: one has the value. */
async function giveOne({ pool }: World): Promise<void> {
  await pool.query(
    `insert into attribute_value (attribute, subject, object, value, origin)
     select 'member.badge', min(person_id), vo_id, '"1"', 'manager' from member group by vo_id`,
  )
}

async function carryOut({ pool }: World, { apply: steps, offers }: CommitPlan): Promise<void> {
  for (const step of steps) await applyStep(pool, { ...step, losses: [], offers })
}

/** Everybody is VALID again; nothing is left of the round before. */
async function begin({ pool }: World): Promise<void> {
  await pool.query(`update member set status = 'VALID', since = $1, reason = null`, [new Date(asOf.getTime() - 1000)])
  await pool.query('truncate member_past')
  await pool.query('vacuum analyze')
  await pool.query('checkpoint')
}

async function expectRechecked({ pool }: World): Promise<void> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from member where status = 'INVALID'`,
  )
  if (rows[0]?.count !== people) throw new Error(`${rows[0]?.count ?? 0} of ${people} members lack the value`)
}
