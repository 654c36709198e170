import { isAbove } from '../../../core/sources/settle-value.ts'
import type { Tx } from '../../pool.ts'
import { counts } from './diff-subjects.ts'
import type { SyncedSet } from './find-set.ts'
import type { SaidAttributes } from './said-attributes.ts'

/**
 * Fills `sync_differing` with those of whom the source says another value than what it has made of the one before, and returns how
 * many they are. Most say what is in force already, which is seen without looking at what is aside.
 */
export async function diffValues(tx: Tx, set: SyncedSet, { attributes, order }: SaidAttributes): Promise<number> {
  if (attributes.length === 0) return 0
  const above = await sourcesAbove(tx, set.source, order)
  const { rowCount } = await tx.query(
    `insert into sync_differing (person_id, is_known)
     select p.person_id, bool_or(p.is_known) from (
       select s.said, s.unusable, i.id as identity_id, coalesce(s.person_id, i.person_id, d.person_id) as person_id,
         coalesce(s.person_id, i.person_id) is not null as is_known
       from sync_subject s
       left join identity i on i.ref = s.ref
       left join sync_diff d on d.ref = s.ref and d.action = 'add'
       where s.said is not null and ${counts('$1')}
     ) p
     cross join unnest($2::text[], $3::text[], $4::boolean[], $5::boolean[]) as a(name, holder, overwrite, is_list)
     left join attribute_value v on v.attribute = a.name
       and v.subject = case a.holder when 'identity' then p.identity_id else p.person_id end
       and v.object = case a.holder when 'member' then $6 else 0 end
     left join attribute_aside o on (o.attribute, o.subject, o.object, o.source) = (v.attribute, v.subject, v.object, $7)
     where p.person_id is not null and not coalesce(a.name = any(p.unusable), false) and not ${isSettled}
     group by 1`,
    [
      set.today,
      ...[attributes.map(({ name }) => name), attributes.map(({ holder }) => holder)],
      ...[attributes.map(({ overwrite }) => overwrite), attributes.map(({ isList }) => isList)],
      ...[set.vo.id, set.source, above],
    ],
  )
  return rowCount ?? 0
}

/** It agrees with `settleValue` in core, which tells nothing new of what is settled. */
const isSettled = `case
    when v.origin is null then p.said->a.name is null
    when v.origin = 'sync' and v.source = $7 then v.value is not distinct from p.said->a.name
    when v.origin = 'sync' then
      case when p.said->a.name is null then o.value is null
        else coalesce(v.source = any($8), false) and o.value is not distinct from p.said->a.name end
    when v.origin not in ('application', 'manager', 'self') then o.value is null
    when a.overwrite and p.said->a.name is not null then false
    when a.is_list and jsonb_typeof(v.value) = 'array' then
      v.value @> coalesce(p.said->a.name, '[]') and coalesce(o.value, '[]') <@ coalesce(p.said->a.name, '[]')
    else o.value is null end`

/** The sources of more authority; one that is no more has none. */
async function sourcesAbove(tx: Tx, source: string, order: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>('select name from source order by name')
  return rows.flatMap(({ name }) => (name !== source && isAbove(name, source, order) ? [name] : []))
}
