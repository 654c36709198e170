import type { Tx } from '../../pool.ts'
import { rowsIntoPast } from '../past.ts'
import type { TouchedRow } from '../rows.ts'
import type { Trail } from '../trail.ts'

/** Who is in which groups by rules, and whom that was asked of: `groups` and `people` are pairs. */
export interface RuleOutcome {
  readonly groups: readonly number[]
  readonly people: readonly number[]
  readonly asked: { readonly groups: readonly number[]; readonly persons: readonly number[] }
}

/** A row that came or went. */
export interface KeptRow extends TouchedRow {
  readonly group: number
  readonly is_new: boolean
}

const wanted = `wanted as materialized (
    select * from unnest($1::integer[], $2::integer[]) as w(group_id, person_id)
  )`

const isUnwanted = `m.origin = 'rule' and m.group_id = any($3) and m.person_id = any($4)
  and not exists (select from wanted w where (w.group_id, w.person_id) = (m.group_id, m.person_id))`

/** Names the VOs in which a row would come or go. */
export async function vosThatDiffer(tx: Tx, { groups, people, asked }: RuleOutcome): Promise<string[]> {
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

interface Writing {
  readonly outcome: RuleOutcome
  readonly past: { readonly vo: number; readonly moment: Date } | undefined
}

/** Writes rows for whom rules hold, and takes away those of whom they hold no more. */
export async function writeRuleRows(
  tx: Tx,
  { at, cause }: Trail,
  { outcome, past }: Writing,
): Promise<readonly KeptRow[]> {
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
