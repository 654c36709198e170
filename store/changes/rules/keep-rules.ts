import { groupBy } from '../../../core/model/group-by.ts'
import { lockPeople, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { keepUnheld } from '../keep-unheld.ts'
import { settleDates } from '../member-dates.ts'
import type { TouchedRow } from '../rows.ts'
import { settleMembers } from '../settle-members.ts'
import { isBroughtBack } from '../statuses.ts'
import { recordSelected, type Trail } from '../trail.ts'
import { readRules, type GroupRule, type Rules } from '../../rules/read-rules.ts'
import { readValues } from '../../rules/rule-values.ts'
import { rowsIntoPast } from '../past.ts'

/** Whose rows of rules are brought up to date. */
export interface KeepInput {
  readonly persons: readonly number[]
  /** Only where a rule reads one of these names; always where there are none. */
  readonly reading?: readonly string[]
  /** Where a clock does what was due before: in its VO it begins to be so then, in others with the change. */
  readonly past?: { readonly vo: number; readonly moment: Date } | undefined
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
  const { persons, reading, past } = input
  if (persons.length === 0) return []
  const readAgain = async () => readRules(tx, past?.moment ?? trail.at, reading)
  const { rules, defaults } = await readAgain()
  if (rules.length === 0) return []
  await lockPeople(tx, persons)
  const changed: KeptRow[] = []
  for (const some of together(rules)) {
    changed.push(...(await keepSome(tx, trail, { rules: { rules: some, defaults }, persons, past, readAgain })))
  }
  const byVo = groupBy(changed, ({ vo }) => vo)
  for (const [vo, rows] of byVo) await settle(tx, trail, { vo, rows, since: past?.vo === vo ? past.moment : trail.at })
  await record(tx, trail, changed)
  const vos = new Map(rules.map(({ voId, vo }) => [voId, vo]))
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

interface Keeping extends Pick<KeepInput, 'persons' | 'past'> {
  readonly rules: Rules
  /** What rules there are by now. */
  readonly readAgain: () => Promise<Rules>
}

/** Only a VO in which a row comes or goes is locked, and then its rules are put again, as they are by then. */
async function keepSome(tx: Tx, trail: Trail, { rules, persons, past, readAgain }: Keeping): Promise<KeptRow[]> {
  const vos = await vosThatDiffer(tx, await evaluate(tx, rules, persons))
  if (vos.length === 0) return []
  await lockVos(tx, vos, { mode: 'shared' })
  const groups = new Set(rules.rules.map(({ groupId }) => groupId))
  const { rules: all, defaults } = await readAgain()
  const concerned = all.filter(({ groupId, vo }) => groups.has(groupId) && vos.includes(vo))
  return writeRows(tx, trail, { outcome: await evaluate(tx, { rules: concerned, defaults }, persons), past })
}

/** Who is in which groups by rules, and whom that was asked of: `groups` and `people` are pairs. */
interface Outcome {
  readonly groups: readonly number[]
  readonly people: readonly number[]
  readonly asked: { readonly groups: readonly number[]; readonly persons: readonly number[] }
}

async function evaluate(tx: Tx, rules: Rules, persons: readonly number[]): Promise<Outcome> {
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
  return { groups, people, asked: { groups: rules.rules.map(({ groupId }) => groupId), persons } }
}

const wanted = `wanted as materialized (
    select * from unnest($1::integer[], $2::integer[]) as w(group_id, person_id)
  )`

const isUnwanted = `m.origin = 'rule' and m.group_id = any($3) and m.person_id = any($4)
  and not exists (select from wanted w where (w.group_id, w.person_id) = (m.group_id, m.person_id))`

/** Names the VOs in which a row would come or go. */
async function vosThatDiffer(tx: Tx, { groups, people, asked }: Outcome): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `with ${wanted}, differing as (
       select w.group_id from wanted w
       where not exists (
         select from membership m
         where m.origin = 'rule' and (m.group_id, m.person_id) = (w.group_id, w.person_id))
       union
       select m.group_id from membership m where ${isUnwanted}
     )
     select distinct vo.name from differing d join groups g on g.id = d.group_id join vo on vo.id = g.vo_id order by 1`,
    [groups, people, asked.groups, asked.persons],
  )
  return rows.map(({ name }) => name)
}

interface Writing extends Pick<KeepInput, 'past'> {
  readonly outcome: Outcome
}

async function writeRows(tx: Tx, { at, cause }: Trail, { outcome, past }: Writing): Promise<KeptRow[]> {
  const { groups, people, asked } = outcome
  const { rows } = await tx.query<KeptRow>(
    `with ${wanted}, gone as (
       delete from membership m
       where ${isUnwanted}
       returning m.*
     ), past as (${rowsIntoPast('case when vo_id = $7 then $8 else $5::timestamptz end', 'gone')}), added as (
       insert into membership (vo_id, group_id, person_id, origin, since, file, line, actor)
       select g.vo_id, w.group_id, w.person_id, 'rule', case when g.vo_id = $7 then $8 else $5::timestamptz end, r.file, r.line, $6
       from wanted w join groups g on g.id = w.group_id join rule r on r.group_id = g.id
       on conflict do nothing
       returning vo_id, group_id, person_id
     )
     select vo_id as vo, group_id as "group", person_id as person, true as is_new from added
     union all
     select vo_id, group_id, person_id, false from gone`,
    [groups, people, asked.groups, asked.persons, at, cause.actor, past?.vo ?? null, past?.moment ?? null],
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
    `select mb.person_id from member mb where mb.vo_id = $1 and mb.person_id = any($2) and ${isBroughtBack}`,
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
