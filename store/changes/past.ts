/**
 * The insert that keeps membership rows as they were until a moment, both given as SQL: `from` has the columns of table
 * membership. What began after the moment was never so, and lasted no time.
 */
export function rowsIntoPast(ended: string, from = 'old'): string {
  return `insert into membership_past (vo_id, group_id, person_id, origin, origin_name, status, expires, began, ended, actor)
    select vo_id, group_id, person_id, origin, origin_name, status, expires, coalesce(status_since, since),
      greatest(coalesce(status_since, since), ${ended}), actor
    from ${from}`
}

/** The insert that keeps the levels of members as they were until a moment, as above; of those that were kept. */
export function levelsIntoPast(ended: string, from = 'old'): string {
  return `insert into levels_past (vo_id, person_id, levels, began, ended)
    select vo_id, person_id, levels, levels_since, ${ended} from ${from} where levels_since < ${ended} and levels is not null`
}

/** The insert that keeps statuses of VO members as they were until a moment, as above; one that began after it was never so. */
export function statusesIntoPast(ended: string, from = 'old'): string {
  return `insert into member_past (vo_id, person_id, status, began, ended, ended_by, reason)
    select vo_id, person_id, status, since, ${ended}, ended_by, reason from ${from} where since < ${ended}`
}
