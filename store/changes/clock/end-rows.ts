import type { Tx } from '../../pool.ts'
import type { ClockTurn } from './turn.ts'
import { rowsIntoPast } from '../past.ts'

/** A membership row that has ended. */
export interface EndedRow {
  readonly vo: number
  readonly group: number | null
  readonly person: number
  readonly expires: string
  /** Whether a source with authority over the VO gave it its date. */
  readonly is_of_authority: boolean
}

/** Makes the rows with this date EXPIRED; they stay, and what they were is kept as the past. */
export async function endMembershipsBy(tx: Tx, { vo, day, moment, persons }: ClockTurn): Promise<readonly EndedRow[]> {
  const { rows } = await tx.query<EndedRow>(
    `with old as materialized (
       select m.* from membership m
       where m.vo_id = $1 and m.person_id = any($4) and m.status = 'VALID' and m.expires = $2
     ), past as (${rowsIntoPast('$3')} where coalesce(status_since, since) < $3)
     update membership m set status = 'EXPIRED', status_since = greatest(coalesce(m.status_since, m.since), $3)
     where m.vo_id = $1 and m.person_id = any($4) and m.status = 'VALID' and m.expires = $2
     returning m.vo_id as vo, m.group_id as group, m.person_id as person, m.expires::text as expires,
       m.origin = 'sync' and exists (
         select from sync s
         where s.vo_id = m.vo_id and s.group_id is not distinct from m.group_id and s.source = m.origin_name and s.authoritative
       ) as is_of_authority`,
    [vo, day, moment, persons],
  )
  return rows
}
