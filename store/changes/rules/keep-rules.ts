import { groupBy } from '../../../core/model/group-by.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { keepUnheld } from '../keep-unheld.ts'
import { settleDates } from '../member-dates.ts'
import type { TouchedRow } from '../rows.ts'
import { settleMembers } from '../settle-members.ts'
import { recordSelected, type Trail } from '../trail.ts'
import { readRules, type GroupRule, type Rules } from '../../rules/read-rules.ts'
import { readValues } from '../../rules/rule-values.ts'

/** Whose rows of rules are brought up to date. */
export interface KeepInput {
  readonly persons: readonly number[]
  /** Only where a rule reads one of these names; always where there are none. */
  readonly reading?: readonly string[]
  /** When it begins to be so; the moment of the change where absent. */
  readonly since?: Date
}

/** A row that came or went. */
interface KeptRow extends TouchedRow {
  readonly group: number
  readonly is_new: boolean
}

/**
 * Brings the rows of origin rule of these people to what the rules say of them now, with what follows for their
 * memberships, in the transaction of whatever changed about them. It agrees with `ruleRows` in core, which plans the same for
 * commits. Returns the VOs, by name, in which something changed.
 */
export async function keepRules(tx: Tx, trail: Trail, input: KeepInput): Promise<string[]> {
  const { persons, reading, since = trail.at } = input
  if (persons.length === 0) return []
  const { rules, defaults } = await readRules(tx, since, reading)
  if (rules.length === 0) return []
  const vos = new Map(rules.map(({ voId, vo }) => [voId, vo]))
  await lockVos(tx, [...vos.values()], { mode: 'shared' })
  const changed: KeptRow[] = []
  for (const some of together(rules)) {
    changed.push(...(await keepSome(tx, trail, { rules: { rules: some, defaults }, persons, since })))
  }
  const byVo = groupBy(changed, ({ vo }) => vo)
  for (const [vo, rows] of byVo) await settle(tx, trail, { vo, rows, since })
  await record(tx, trail, changed)
  return [...byVo.keys()].flatMap((vo) => vos.get(vo) ?? [])
}

/** Rules that can be put to people at once: what one that asks for groups reads may be another's to change. */
function together(rules: readonly GroupRule[]): GroupRule[][] {
  const batches: GroupRule[][] = []
  for (const rule of rules) {
    const last = batches.at(-1)
    if (last === undefined || rule.expression.groups.length > 0) batches.push([rule])
    else last.push(rule)
  }
  return batches
}

interface Keeping {
  readonly rules: Rules
  readonly persons: readonly number[]
  readonly since: Date
}

async function keepSome(tx: Tx, { cause }: Trail, { rules, persons, since }: Keeping): Promise<KeptRow[]> {
  const values = await readValues(tx, rules, persons)
  const groups: number[] = []
  const people: number[] = []
  for (const rule of rules.rules) {
    for (const person of values.candidates(rule)) {
      const outcome = rule.expression.evaluate(values.valuesOf(rule, person))
      if (outcome.kind !== 'value' || outcome.value !== true) continue
      groups.push(rule.groupId)
      people.push(person)
    }
  }
  const { rows } = await tx.query<KeptRow>(
    `with wanted as materialized (
       select * from unnest($1::integer[], $2::integer[]) as w(group_id, person_id)
     ), gone as (
       delete from membership m
       where m.origin = 'rule' and m.group_id = any($3) and m.person_id = any($4)
         and not exists (select from wanted w where (w.group_id, w.person_id) = (m.group_id, m.person_id))
       returning m.*
     ), past as (
       insert into membership_past (vo_id, group_id, person_id, origin, origin_name, status, expires, began, ended, actor)
       select vo_id, group_id, person_id, origin, origin_name, status, expires, coalesce(status_since, since),
         greatest(coalesce(status_since, since), $5), actor
       from gone
     ), added as (
       insert into membership (vo_id, group_id, person_id, origin, since, file, line, actor)
       select g.vo_id, w.group_id, w.person_id, 'rule', $5, r.file, r.line, $6
       from wanted w join groups g on g.id = w.group_id join rule r on r.group_id = g.id
       on conflict do nothing
       returning vo_id, group_id, person_id
     )
     select vo_id as vo, group_id as "group", person_id as person, true as is_new from added
     union all
     select vo_id, group_id, person_id, false from gone`,
    [groups, people, rules.rules.map(({ groupId }) => groupId), persons, since, cause.actor],
  )
  return rows
}

interface Settling {
  readonly vo: number
  readonly rows: readonly KeptRow[]
  readonly since: Date
}

/** A row of a rule that is new brings a member back like one of git. */
async function settle(tx: Tx, trail: Trail, { vo, rows, since }: Settling): Promise<void> {
  const those = (isNew: boolean): number[] => rows.filter((row) => row.is_new === isNew).map(({ person }) => person)
  const gone = rows.filter((row) => !row.is_new)
  await keepUnheld(tx, { ...trail, at: since }, gone)
  const { rows: back } = await tx.query<{ person_id: number }>(
    `select person_id from member
     where vo_id = $1 and person_id = any($2)
       and (status = 'EXPIRED' or status = 'DISABLED' and ended_by is distinct from 'person')`,
    [vo, those(true)],
  )
  const lifted = back.map(({ person_id }) => person_id)
  await settleMembers(tx, trail, { vo, persons: [...new Set(rows.map(({ person }) => person))], lifted, since })
  await settleDates(tx, rows, since)
}

async function record(tx: Tx, trail: Trail, rows: readonly KeptRow[]): Promise<void> {
  if (rows.length === 0) return
  await recordSelected(tx, trail, {
    select: `select case when x.is_new then 'add' else 'remove' end as action, 'GroupMember' as kind, vo.name as vo, g.name,
        jsonb_build_object('user', p.identities[1], 'origin', 'rule') as personal
      from unnest($5::integer[], $6::integer[], $7::boolean[]) as x("group", person, is_new)
      join groups g on g.id = x."group" join vo on vo.id = g.vo_id join person p on p.id = x.person
      order by vo.name, g.name, p.identities[1]`,
    parameters: [rows.map(({ group }) => group), rows.map(({ person }) => person), rows.map((row) => row.is_new)],
  })
}
