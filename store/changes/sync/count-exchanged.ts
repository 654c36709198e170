import type { Tx } from '../../pool.ts'
import { counts } from './diff-subjects.ts'
import type { SyncedSet } from './find-set.ts'
import type { SaidAttributes } from './said-attributes.ts'

/**
 * Counts people of whom the source says now all that it said of one other person before, who is another one or gone now: their logins
 * there may have been swapped. What it says of several people alike tells nobody from others. Only people about whom something
 * differs are looked at; everybody's values only once some of those agree.
 */
export async function countExchanged(tx: Tx, set: SyncedSet, { attributes }: SaidAttributes): Promise<number> {
  const names = attributes.flatMap(({ name, holder }) => (holder === 'user' || holder === 'member' ? [name] : []))
  if (names.length === 0) return 0
  const { rowCount } = await tx.query('select 1 from sync_differing where is_known limit 1')
  if (rowCount === 0) return 0
  const parameters = [set.today, set.source, set.vo.id, names]
  const { rows: some } = await tx.query(`${exchanged(among)} select from exchanged limit 1`, parameters)
  if (some.length === 0) return 0
  const { rows } = await tx.query<{ people: number }>(
    `${exchanged('')} select count(*)::integer as people from exchanged`,
    parameters,
  )
  return rows[0]?.people ?? 0
}

const among = 'and v.subject in (select person_id from concerned)'

/** A relation `exchanged` of people, compared with what these people were said to be. */
const exchanged = (people: string): string => `
  with concerned as materialized (
    select person_id from sync_differing where is_known union select person_id from sync_diff where action = 'absent'
  ), told as materialized (
    select x.person_id, s.said
    from (select distinct person_id from sync_differing where is_known) x
    join identity i on i.person_id = x.person_id
    join sync_subject s on s.ref = i.ref and ${counts('$1')}
    union
    select s.person_id, s.said from sync_subject s
    where s.person_id in (select person_id from sync_differing where is_known) and ${counts('$1')}
  ), now as materialized (
    select t.person_id, jsonb_object_agg(n.name, t.said->n.name) as said
    from told t cross join unnest($4::text[]) as n(name)
    where t.said ? n.name
    group by 1 having count(*) = count(distinct n.name)
  ), before as materialized (
    select v.subject as person_id, jsonb_object_agg(v.attribute, v.value) as said
    from (
      select attribute, subject, object, value from attribute_value where origin = 'sync' and source = $2
      union all
      select attribute, subject, object, value from attribute_aside where source = $2
    ) v
    where v.attribute = any($4) and v.object in (0, $3) ${people}
    group by 1
  ), sole as (
    select said, min(person_id) as person_id from before group by 1 having count(*) = 1
  ), exchanged as (
    select n.person_id from now n join sole b on b.said = n.said and b.person_id <> n.person_id
    where n.person_id in (select person_id from before) and b.person_id in (select person_id from concerned)
  )`
