import type { Tx } from '../pool.ts'

/** A membership row that has ended. */
export interface EndedRow {
  readonly vo: number
  readonly group: number | null
  readonly person: number
  readonly expires: string
}

/** Which rows end, and when. */
interface Ending {
  readonly vo: number
  readonly day: string
  readonly moment: Date
  /** At most so many people, all rows of each. */
  readonly atMost: number
}

/** Makes the rows with this date EXPIRED; they stay, and what they were is kept as the past. */
export async function endMembershipsBy(tx: Tx, { vo, day, moment, atMost }: Ending): Promise<readonly EndedRow[]> {
  const { rows } = await tx.query<EndedRow>(
    `with due as materialized (
       select distinct person_id from membership
       where vo_id = $1 and status = 'VALID' and expires = $2 order by 1 limit $4
     ), old as materialized (
       select m.* from membership m join due using (person_id)
       where m.vo_id = $1 and m.status = 'VALID' and m.expires = $2
     ), past as (
       insert into membership_past (vo_id, group_id, person_id, origin, origin_name, status, expires, began, ended)
       select vo_id, group_id, person_id, origin, origin_name, status, expires, coalesce(status_since, since), $3
       from old where coalesce(status_since, since) < $3
     )
     update membership m set status = 'EXPIRED', status_since = greatest(coalesce(m.status_since, m.since), $3)
     from due where m.vo_id = $1 and m.person_id = due.person_id and m.status = 'VALID' and m.expires = $2
     returning m.vo_id as vo, m.group_id as group, m.person_id as person, m.expires::text as expires`,
    [vo, day, moment, atMost],
  )
  return rows
}
