import type { ListedSync } from '../../core/model/answers.ts'
import type { SyncedPlace } from '../../core/model/sync-place.ts'
import type { Db } from '../pool.ts'
import { syncsInForce } from '../syncs.ts'

type Run = NonNullable<ListedSync['last']>

interface Columns extends Pick<ListedSync, 'fills' | 'group' | 'source' | 'vo'>, Omit<Run, 'at'> {
  readonly at: Date | null
  readonly read_at: Date | null
  readonly failing_since: Date | null
}

/** Lists the syncs in force, each with its last run and when its source was last read to the end; in order of place. */
export async function listSyncStatus(db: Db, { source, vo, group }: Partial<SyncedPlace> = {}): Promise<ListedSync[]> {
  const { rows } = await db.query<Columns>(
    `select x.source, x.vo, x."group", x.fills, r.at, r.outcome, r.subjects, r.added, r.changed, r.removed, r.skipped, r.digest,
       coalesce(r.error, (
         select string_agg(x.reason->>'message', '; ' order by x.place) from jsonb_array_elements(r.reasons) with ordinality as x(reason, place)
       )) as error,
       c.at as read_at, f.at as failing_since
     from (${syncsInForce}) x
     left join lateral (select * from sync_run where sync_id = x.sync_id order by id desc limit 1) r on true
     left join lateral (
       select id, at from sync_run where sync_id = x.sync_id and outcome in ('changed', 'unchanged', 'held') order by id desc limit 1
     ) c on true
     left join lateral (
       select min(at) as at from sync_run where sync_id = x.sync_id and id > coalesce(c.id, 0)
     ) f on true
     where ($1::text is null or x.source = $1) and ($2::text is null or x.vo = $2) and ($3::text is null or x."group" = $3)
     order by x.source collate "C", x.vo collate "C", x."group" collate "C" nulls first`,
    [source ?? null, vo ?? null, group ?? null],
  )
  return rows.map(listed)
}

function listed(row: Columns): ListedSync {
  const { source, vo, group, fills, at, outcome, subjects, added, changed, removed, skipped, digest, error } = row
  const run = { outcome, subjects, added, changed, removed, skipped, digest, error }
  return {
    ...{ source, vo, group, fills },
    last: at === null ? null : { at: at.toISOString(), ...run },
    readAt: row.read_at?.toISOString() ?? null,
    failingSince: row.failing_since?.toISOString() ?? null,
  }
}
