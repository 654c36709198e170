import type { ListedRun, ListedSync } from '../../core/model/answers.ts'
import type { SyncedPlace } from '../../core/model/sync-place.ts'
import type { Db } from '../pool.ts'
import { syncsInForce } from '../syncs.ts'

interface Columns extends Omit<ListedSync, 'failingSince' | 'readAt'> {
  readonly failing_since: Date | null
}

const complete = `('changed', 'unchanged', 'held')`

/** The newest run of a sync of those that a condition is true of, as it is listed. */
function newest(condition: string): string {
  return `left join lateral (
    select id, jsonb_build_object('at', at, 'outcome', outcome, 'subjects', subjects, 'added', added, 'changed', changed,
      'removed', removed, 'skipped', skipped, 'digest', digest, 'error', coalesce(error,
        (select string_agg(x.reason->>'message', '; ' order by x.place) from jsonb_array_elements(reasons) with ordinality as x(reason, place)),
        case outcome when 'incomplete' then 'the source did not name everybody' end)) as run
    from sync_run where sync_id = s.id and ${condition} order by id desc limit 1
  )`
}

/**
 * Lists the syncs in force, each with its last runs and what is held of it; in order of place. Where a source says both who is in a
 * group and which groups lie below it, these are two.
 */
export async function listSyncStatus(db: Db, { source, vo, group }: Partial<SyncedPlace> = {}): Promise<ListedSync[]> {
  const { rows } = await db.query<Columns>(
    `select x.source, x.vo, x."group", of.fills, l.run as last, c.run as "lastComplete", n.run as "lastFailed", f.at as failing_since,
       (select digest from hold where kind = 'sync' and closed_at is null and (change->>'sync')::integer = s.id) as held
     from (${syncsInForce}) x
     join (values (false), (true)) of(fills) on case when of.fills then x.fills else x.structure is not null end
     left join sync s on (s.vo_id, s.source, s.kind) = (x.vo_id, x.source, case when of.fills then 'members' else 'structure' end)
       and s.group_id is not distinct from x.group_id
     ${newest('true')} l on true
     ${newest(`outcome in ${complete}`)} c on true
     ${newest(`outcome not in ${complete}`)} n on true
     left join lateral (select min(at) as at from sync_run where sync_id = s.id and id > coalesce(c.id, 0)) f on true
     where ($1::text is null or x.source = $1) and ($2::text is null or x.vo = $2) and ($3::text is null or x."group" = $3)
     order by x.source collate "C", x.vo collate "C", x."group" collate "C" nulls first, of.fills`,
    [source ?? null, vo ?? null, group ?? null],
  )
  return rows.map(listed)
}

function listed({ failing_since: failingSince, ...row }: Columns): ListedSync {
  const [last, lastComplete, lastFailed] = [row.last, row.lastComplete, row.lastFailed].map(dated)
  return {
    ...row,
    ...{ last: last ?? null, lastComplete: lastComplete ?? null, lastFailed: lastFailed ?? null },
    readAt: lastComplete?.at ?? null,
    failingSince: failingSince?.toISOString() ?? null,
  }
}

/** A moment inside JSON is written as the server likes. */
function dated(run: ListedRun | null): ListedRun | null {
  return run === null ? null : { ...run, at: new Date(run.at).toISOString() }
}
