import { listApplications, listWaitingFor, type Pool } from '../../store/index.ts'
import { timed, type Bench } from './measure.ts'
import { apply, asOf, document, fill, ground, openWorld, read, together, writeFiles, type World } from './world.ts'

const manyOld = 100_000
const fewOld = 1_000
const waiting = 50
const asksOfARound = 40

/** What waits for an approver where 100,000 applications were decided before, against 1,000. */
export const approverQueueBench: Bench = {
  name: 'approver-queue',
  goal: 2,
  prepare: async () => {
    const [many, few] = [await openQueue(manyOld), await openQueue(fewOld)]
    return {
      value: async () => timed(async () => ask(many.pool)),
      baseline: async () => timed(async () => ask(few.pool)),
      close: async () => {
        await many.close()
        await few.close()
      },
    }
  },
}

async function ask(pool: Pool): Promise<void> {
  for (let asked = 0; asked < asksOfARound; asked += 1) {
    const ids = await listWaitingFor(pool, { identity: 'idp/boss', now: asOf })
    const listed = await listApplications(pool, { ids, atMost: 10_000 })
    if (listed.length !== waiting) throw new Error(`Expected ${waiting} applications that wait, got ${listed.length}`)
  }
}

async function openQueue(old: number): Promise<World> {
  const world = await openWorld()
  const files = {
    'instance.yaml': ground(),
    'vo.yaml': together(
      document('User', { name: 'boss' }, { identities: ['idp/boss'] }),
      document('VO', { name: 'big' }, { managers: [{ user: 'idp/boss' }] }),
      document('Group', { vo: 'big', name: 'all' }, {}),
      document('Form', { vo: 'big', name: 'join' }, { for: 'initial', items: [] }),
    ),
  }
  await apply(world.pool, await read(writeFiles(`${world.home}/configuration`, files)))
  await fill(world.pool, old + waiting)
  await fileAll(world.pool, old)
  return world
}

/** One application of each person: approved by the manager, but for the last ones. */
async function fileAll(pool: Pool, old: number): Promise<void> {
  await pool.query(
    `insert into application (vo_id, form_id, vo, form, kind, identity, person_id, state, policy, filed_at, actor, changed_at, step_since)
     select vo.id, f.id, vo.name, f.name, 'initial', i.ref, i.person_id,
       (case when substr(i.ref, 6)::integer < $1 then 'approved' else 'open' end)::application_state,
       'policy', $2, i.ref, $2, $2
     from vo join form f on f.vo_id = vo.id, identity i where i.ref like 'idp/p%'`,
    [old, asOf],
  )
  await pool.query(
    `insert into application_answers (application_id, version, answers) select id, 1, '{"why": "for work"}' from application`,
  )
  await pool.query(
    `insert into application_act (application_id, act, person_id, actor, version, policy, step, at, outcome)
     select a.id, 'approve', boss.person_id, boss.ref, 1, 'policy', 0, $1, 'done'
     from application a, identity boss where boss.ref = 'idp/boss' and a.state = 'approved'`,
    [asOf],
  )
  await pool.query('vacuum analyze')
}
