import { placeOf, type SyncedPlace } from '../../core/model/sync-place.ts'
import type { Db } from '../pool.ts'
import { syncsInForce } from '../syncs.ts'

/**
 * Lists the syncs of a VO that spread its members over groups, and whose last complete run left people out of groups that were not
 * there; where a base is named, those of a base at, above or below it.
 */
export async function listSyncsLackingGroups(
  db: Db,
  { vo, base }: { readonly vo: string; readonly base?: string },
): Promise<SyncedPlace[]> {
  const { rows } = await db.query<SyncedPlace>(
    `select x.source, x.vo
     from (${syncsInForce}) x
     cross join lateral (select x.spec->'groups'->>'base' || ':' as below, $2::text || ':' as base) p
     cross join lateral (
       select r.skipped from sync s join sync_run r on r.sync_id = s.id
       where (s.vo_id, s.source, s.kind) = (x.vo_id, x.source, 'members') and s.group_id is null
         and r.outcome in ('changed', 'unchanged', 'held')
       order by r.id desc limit 1
     ) l
     where x.vo = $1 and x."group" is null and (p.base is null or starts_with(p.below, p.base) or starts_with(p.base, p.below))
       and l.skipped ? 'group-unknown'`,
    [vo, base ?? null],
  )
  return rows.map(placeOf)
}
