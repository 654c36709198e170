import { isHolding } from '../is-holding.ts'
import type { Tx } from '../pool.ts'
import type { TouchedRow } from './rows.ts'

/**
 * Brings the dates of VO members up to date after their rows were written: the latest date of the rows that hold them, none
 * where one of those has none. Most people have no date at all, and cost one look at an index each.
 */
export async function settleDates(tx: Tx, rows: readonly TouchedRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.query(
    `with touched as (
       select distinct t.vo_id, t.person_id
       from unnest($1::integer[], $2::integer[]) as t(vo_id, person_id)
     ), dated as (
       select t.vo_id, t.person_id from touched t
       join member mb on (mb.vo_id, mb.person_id) = (t.vo_id, t.person_id) and mb.expires is not null
       union
       select t.vo_id, t.person_id from touched t
       join membership m on (m.vo_id, m.person_id) = (t.vo_id, t.person_id) and m.expires is not null
     ), told as (
       select d.vo_id, d.person_id, case when bool_and(m.expires is not null) then max(m.expires) end as expires
       from dated d
       left join membership m on (m.vo_id, m.person_id) = (d.vo_id, d.person_id)
         and ${isHolding}
       group by 1, 2
     )
     update member mb set expires = told.expires, date_since = $3
     from told
     where (mb.vo_id, mb.person_id) = (told.vo_id, told.person_id) and mb.expires is distinct from told.expires`,
    [rows.map(({ vo }) => vo), rows.map(({ person }) => person), at],
  )
}
