import type { Tx } from '../../pool.ts'
import { isUnheld } from '../../is-holding.ts'
import { recordStatuses, type StatusRow } from '../statuses.ts'
import type { Trail } from '../trail.ts'
import { statusesIntoPast } from '../past.ts'

/**
 * Makes members EXPIRED whom a source has let go of in an authoritative group, and whom nothing else holds that outlives it; it
 * agrees with `statusOnceLetGo` in core. Whom nothing holds at all is soon out of an exclusive VO. Returns them.
 */
export async function letGo(
  tx: Tx,
  trail: Trail,
  { vo, persons, at = trail.at }: { readonly vo: number; readonly persons: readonly number[]; readonly at?: Date },
): Promise<number[]> {
  if (persons.length === 0) return []
  const { rows } = await tx.query<StatusRow>(
    `with old as materialized (
       select mb.* from member mb join vo on vo.id = mb.vo_id
       where mb.vo_id = $1 and mb.person_id = any($2) and mb.status in ('VALID', 'INVALID')
         and not outlives_sync(mb.vo_id, mb.person_id)
         and not (is_exclusive(vo) and ${isUnheld})
     ), past as (${statusesIntoPast('$3')})
     update member mb set status = 'EXPIRED', ended_by = 'sync', reason = null, since = greatest(old.since, $3)
     from old where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning mb.vo_id, mb.person_id, old.status as before, mb.status`,
    [vo, persons, at],
  )
  await recordStatuses(tx, trail, rows)
  return rows.map(({ person_id }) => person_id)
}
