import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { compareText } from '../../../core/model/compare.ts'
import type { AccessDelta, Plan } from '../../../core/model/plan.ts'
import type { State } from '../../../core/model/state.ts'
import { keepDerived } from '../../../store/changes/values/keep-derived.ts'
import { keepRules } from '../../../store/changes/rules/keep-rules.ts'
import { settleLevels } from '../../../store/changes/settle-levels.ts'
import { settleMembers } from '../../../store/changes/settle-members.ts'
import { settleAcceptances } from '../../../store/changes/terms.ts'
import { beginTrail, closeTrail } from '../../../store/changes/trail.ts'
import { inTransaction, verifyAudit, type Pool, type Tx } from '../../../store/index.ts'
import { applyToState } from '../../support/apply-to-state.ts'
import { desire, type Document } from '../../support/builders.ts'
import { derivedNames, randomConfig } from '../../support/random-config.ts'
import { unheldIn } from '../../support/unheld.ts'
import { orphansAfter } from '../../support/orphans.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { unheldFaults } from './history-oracle.ts'
import { accessIn, momentOf, reach, planApproved, sayState, stateOf } from './database-world.ts'

// A minute and a half on an idle machine of two cores; it has to end on a busy one too.
jest.setTimeout(900_000)

const numRuns = Number(process.env['GUILDHALL_TEST_CONFIGURATIONS'] ?? 250)
const required = [
  ...['member.badge', 'member-group.shift', 'member-resource.quota', 'user-facility.room'],
  ...derivedNames,
]

describe('random configurations, one after the other in one database', () => {
  const seed = Number(process.env['GUILDHALL_TEST_SEED'] ?? 20261123)
  const configs = fc.sample(randomConfig, { numRuns, seed })
  const shuffled = fc.sample(fc.infiniteStream(fc.nat()), { numRuns, seed })
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => database.drop())

  it('each goes in as foretold, and leaves nothing to plan', async () => {
    const { pool } = database
    const met = { derived: 0, contested: 0, ruled: 0, waiting: 0 }
    let leaving = 0
    for (const [index, documents] of configs.entries()) {
      const where = `configuration ${index} of seed ${seed}`
      await banSome(pool, index)
      await acceptSome(pool, index)
      await seeSome(pool, index)
      await fillSome(pool, index)
      const had = await accessIn(pool)
      const before = await stateOf(pool, required)
      const asOf = momentOf(index)
      const { plan, held, bad } = planApproved(before, desire(...documents), asOf)
      expect({ where, held }).toEqual({ where, held: [] })

      expect({
        where,
        digests: digestsOf(planApproved(before, desire(...scatter(documents, shuffled[index])), asOf).plan),
      }).toEqual({ where, digests: digestsOf(plan) })

      await reach(pool, desire(...documents), index)

      const after = await stateOf(pool, required)
      const has = await accessIn(pool)
      const { plan: rest, apply } = planApproved(after, desire(...documents), asOf)
      expect({ where, left: rest.changes, apply }).toEqual({ where, left: [], apply: [] })
      expect({ where, impact: plan.impact }).toEqual({ where, impact: difference(had, has, after) })
      expect({ where, state: sayState(after) }).toEqual({ where, state: sayState(applyToState(before, plan, after)) })
      expect({ where, unsettled: await unsettled(pool, index) }).toEqual({ where, unsettled: [] })
      expect({ where, unheld: [...unheldFaults(after), ...(await unheldIn(pool))] }).toEqual({ where, unheld: [] })
      leaving += plan.changes.filter(leavesGroupWithVo).length
      const kept = await keptAnew(pool, index)
      if (hasLimits(documents)) {
        // Others may come in then, who leaves may be no member of an exclusive VO, and a VO may go in that was full: that rules bring
        // in and take out nobody else is what counts.
        const { changes } = planApproved(kept, desire(...documents), asOf).plan
        const left = changes.filter(({ scope, kind }) => !bad.includes(scope) && kind === 'GroupMember')
        expect({ where, left }).toEqual({ where, left: [] })
      } else expect({ where, kept: sayState(kept) }).toEqual({ where, kept: sayState(after) })
      expect({ where, orphans: await orphansAfter(pool, index) }).toEqual({ where, orphans: [] })
      await countDerived(pool, met)
    }
    expect(await verifyAudit(pool)).toMatchObject({ valid: true })
    expect(Math.min(...Object.values(met))).toBeGreaterThan(numRuns / 20)
    expect(leaving).toBeGreaterThan(0)
  })
})

/** Whether somebody leaves a group because nothing holds them in its exclusive VO. */
function leavesGroupWithVo(change: Plan['changes'][number]): boolean {
  return change.kind === 'GroupMember' && 'everyOrigin' in change && change.at?.file.startsWith('VO--') === true
}

/** Counts derived values, those that somebody else had first, rows of rules that read derived values, and who waits for a place. */
async function countDerived(
  pool: Pool,
  met: Record<'contested' | 'derived' | 'ruled' | 'waiting', number>,
): Promise<void> {
  const { rows } = await pool.query<typeof met>(
    `select (select count(*)::integer from attribute_value where origin = 'derived') as derived,
       (select count(*)::integer from derived_claim c where not exists (
         select from attribute_value v where (v.attribute, v.subject, v.object) = (c.attribute, c.subject, c.object))) as contested,
       (select count(*)::integer from membership m join rule r using (group_id)
         where m.origin = 'rule' and r.reads && $1) as ruled,
       (select count(*)::integer from waiting_for_place) as waiting`,
    [derivedNames],
  )
  for (const one of rows) for (const key of ['derived', 'contested', 'ruled', 'waiting'] as const) met[key] += one[key]
}

/** Bans a few from some VOs, resources and facilities, others each time. */
async function banSome(pool: Pool, index: number): Promise<void> {
  await pool.query('delete from ban')
  await pool.query(
    `insert into ban (person_id, vo_id, resource_id, facility_id, reason, actor, since)
     select p.id, x.vo, x.resource, x.facility, 'test', 'test', $2
     from person p cross join (
       select id as vo, null::integer as resource, null::integer as facility from vo
       union all select null, id, null from resource
       union all select null, null, id from facility
     ) x
     where hashtext(concat_ws(' ', p.id, x.vo, x.resource, x.facility, $1::text)) % 7 = 0 and $1::integer % 2 = 1
     on conflict do nothing`,
    [index, new Date(0)],
  )
}

/** Some identities were seen in 2010 with a level, others each time; memberships follow. */
async function seeSome(pool: Pool, index: number): Promise<void> {
  await pool.query(
    `update identity set (loa, seen_at) = (
       select x.loa, case when x.loa is not null then $2::timestamptz end
       from (select nullif(abs(hashtext(ref || $1::text)) % 5, 4) as loa) x)`,
    [index, new Date('2010-06-01T12:00:00Z')],
  )
  await inTransaction(pool, (tx) => settleAll(tx, momentOf(index - 0.5)))
}

/** Some accepted one of the versions in 2010, others each time. */
async function acceptSome(pool: Pool, index: number): Promise<void> {
  await pool.query('delete from terms_acceptance')
  await pool.query(
    `insert into terms_acceptance (vo_id, person_id, version, sha256, at, how, actor)
     select vo.id, p.id, version, version, $2, 'self', 'test' from vo cross join person p cross join unnest('{1,2}'::text[]) version
     where hashtext(concat_ws(' ', p.id, vo.name, version, $1::text)) % 2 = 0 and exists (
       select from terms_version v where v.vo_id = vo.id)`,
    [index, new Date('2010-06-01T12:00:00Z')],
  )
  const { rows } = await pool.query<{ name: string }>('select name from vo')
  await inTransaction(pool, async (tx) =>
    settleAcceptances(
      tx,
      rows.map(({ name }) => name),
    ),
  )
}

/** Most people have most values that may be asked for, others each time; memberships follow. */
async function fillSome(pool: Pool, index: number): Promise<void> {
  await pool.query(`delete from attribute_value where origin = 'manager'`)
  await pool.query(
    `insert into attribute_value (attribute, subject, object, value, origin)
     select x.attribute, x.person_id, x.object, case x.attribute when 'user.phone' then '"555"' else '"x"' end::jsonb, 'manager'
     from (
       select 'member.badge' as attribute, person_id, vo_id as object from member
       union all select 'member-group.shift', m.person_id, g.id from member m join groups g on g.vo_id = m.vo_id
       union all select 'member-resource.quota', p.id, r.id from person p, resource r
       union all select 'user-facility.room', p.id, f.id from person p, facility f
       union all select 'user.phone', p.id, 0 from person p
     ) x
     where hashtext(concat_ws(' ', x.attribute, x.person_id, x.object, $1::text)) % 6 <> 0`,
    [index],
  )
  await inTransaction(pool, (tx) => settleAll(tx, momentOf(index - 0.5)))
}

/** Whose status the store would set otherwise than the plan did. */
async function unsettled(pool: Pool, index: number): Promise<object[]> {
  return inTransaction(pool, (tx) => settleAll(tx, momentOf(index)))
}

async function settleAll(tx: Tx, at: Date): Promise<object[]> {
  const { rows } = await tx.query<{ vo: number; persons: number[] }>(
    'select vo_id as vo, array_agg(person_id) as persons from member group by 1',
  )
  const trail = await beginTrail(tx, { actor: 'test' }, at)
  const { rows: people } = await tx.query<{ id: number }>('select id from person order by id')
  const derived = await keepDerived(tx, { persons: people.map(({ id }) => id), at })
  for (const { vo, persons } of rows) await settleMembers(tx, trail, { vo, persons, lifted: [] })
  const { rows: told } = await tx.query<object>(
    'select name, personal from event join event_detail on event_id = id where batch = $1',
    [trail.batch],
  )
  await closeTrail(tx, trail)
  return [...told, ...derived, ...(await settleLevels(tx, { persons: undefined, at }))]
}

/** What there is once the store itself has brought back half of the rows that rules make. */
async function keptAnew(pool: Pool, index: number): Promise<State> {
  const { rowCount } = await pool.query(
    `delete from membership where origin = 'rule' and hashtext(group_id || ' ' || person_id || $1::text) % 2 = 0`,
    [index],
  )
  if (rowCount === 0) return stateOf(pool, required)
  await inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ id: number }>('select id from person')
    const trail = await beginTrail(tx, { actor: 'test' }, momentOf(index))
    await keepRules(tx, trail, { persons: rows.map(({ id }) => id) })
    await closeTrail(tx, trail)
  })
  // Of the rows that went, those for which there was no place any more are missing in statuses too.
  await inTransaction(pool, (tx) => settleAll(tx, momentOf(index)))
  return stateOf(pool, required)
}

function hasLimits(documents: readonly Document[]): boolean {
  return documents.some(({ object }) => JSON.stringify(object.spec).includes('maxMembers'))
}

type Access = Awaited<ReturnType<typeof accessIn>>

function digestsOf({ digest, guard }: Plan): object {
  return { digest, scopes: guard.scopes.map((verdict) => `${verdict.scope} ${verdict.digest}`) }
}

/** The same documents in another order, each somewhere in one of three files. */
function scatter(documents: readonly Document[], numbers: Iterable<number> = []): Document[] {
  const stream = numbers[Symbol.iterator]()
  const next = () => Number(stream.next().value)
  return documents
    .map((document) => ({ document, rank: next(), file: `${next() % 3}.yaml`, line: next() % 1_000 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ document, file, line }) => ({
      ...document,
      object: { ...document.object, at: { file, line, column: 1 } },
    }))
}

/** Who has access in one and not in the other, by the names people have now. */
function difference(had: Access, has: Access, { people }: State): Plan['impact'] {
  const names = new Map(people.map(({ id, identities }) => [id, identities[0] ?? '']))
  const without = (from: Access, other: Access): AccessDelta[] =>
    [...from]
      .flatMap(([key, { person, ...pair }]) => (other.has(key) ? [] : [{ user: names.get(person) ?? '', ...pair }]))
      .sort(compareDeltas)
  return { gained: without(has, had), lost: without(had, has) }
}

function compareDeltas(a: AccessDelta, b: AccessDelta): number {
  return (
    compareText(a.user, b.user) ||
    compareText(a.vo, b.vo) ||
    compareText(a.resource, b.resource) ||
    compareText(a.facility, b.facility)
  )
}
