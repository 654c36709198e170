import type { Pool } from 'pg'
import type { Db, Tx } from './pool.ts'

/** A facility with services to snapshot anew. */
export interface StaleFacility {
  readonly facility: string
  readonly services: readonly string[]
  /** Since when one of them has been stale. */
  readonly since: Date
  /** Differs from what it was whenever more has become stale. */
  readonly wanted: string
}

/** What one turn of the relay folded. */
export interface Folded {
  readonly folded: number
  /** Most urgent first. */
  readonly facilities: readonly { readonly facility: string; readonly priority: number }[]
}

/** Folds the most urgent outbox rows into table stale and acknowledges exactly these, whatever else commits meanwhile. */
export async function foldOutbox(tx: Tx, limit: number): Promise<Folded> {
  const { rows } = await tx.query<{ folded: number; facility: string | null; priority: number }>(
    `with taken as materialized (
       select id from outbox order by priority, id limit $1 for update skip locked
     ), gone as (
       delete from outbox o using taken where o.id = taken.id returning o.facility_id, o.service_id, o.priority, o.at
     ), pair as materialized (
       select gone.facility_id, gone.service_id, min(gone.priority) as priority, min(gone.at) as since
       from gone join facility_service fs on (fs.facility_id, fs.service_id) = (gone.facility_id, gone.service_id)
       group by 1, 2
     ), marked as (
       insert into stale (facility_id, service_id, wanted, since)
       select facility_id, service_id, nextval('stale_wanted'), since from pair order by 1, 2
       on conflict (facility_id, service_id) do update set wanted = nextval('stale_wanted'),
         since = least(excluded.since, (
           select stale.since from facility f
           join service s on s.id = stale.service_id
           left join snapshot_head h on (h.facility, h.service) = (f.name, s.name)
           where f.id = stale.facility_id and stale.wanted > coalesce(h.snapshotted, 0)))
     )
     select (select count(*)::integer from gone) as folded, f.name as facility, min(pair.priority)::integer as priority
     from (select 1) one left join pair on true left join facility f on f.id = pair.facility_id
     group by f.name order by 3, 2`,
    [limit],
  )
  return {
    folded: rows[0]?.folded ?? 0,
    facilities: rows.flatMap(({ facility, priority }) => (facility === null ? [] : [{ facility, priority }])),
  }
}

/** Lists the facilities whose newest snapshots are older than what is wanted; enough to begin all work again. */
export async function listStale(db: Db): Promise<StaleFacility[]> {
  const { rows } = await db.query<StaleFacility>(
    `select f.name as facility, array_agg(s.name order by s.name) as services, min(stale.since) as since,
       max(stale.wanted)::text as wanted
     from stale
     join facility f on f.id = stale.facility_id
     join service s on s.id = stale.service_id
     left join snapshot_head h on h.facility = f.name and h.service = s.name
     where stale.wanted > coalesce(h.snapshotted, 0)
     group by f.name order by f.name`,
  )
  return rows
}

/** Calls `onHint` after commits that wrote to the outbox, as far as PostgreSQL tells; the relay also polls. */
export async function listen(pool: Pool, onHint: () => void): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
  const keep = async (first: Line): Promise<void> => {
    let line: Line | undefined = first
    for (;;) {
      await Promise.race([line?.lost, stopped])
      line?.close()
      await Promise.race([pause(), stopped])
      if (stopping.signal.aborted) return
      line = await openLine(pool, onHint).catch(() => undefined)
    }
  }
  void keep(await openLine(pool, onHint))
  return async () => stopping.abort()
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, retryMs).unref())
}

/** A connection that hears hints, until it is lost or closed. */
interface Line {
  readonly lost: Promise<void>
  close(): void
}

async function openLine(pool: Pool, onHint: () => void): Promise<Line> {
  const client = await pool.connect()
  const lost = new Promise<void>((resolve) => client.once('error', () => resolve()))
  const close = () => client.off('notification', onHint).release(true)
  try {
    client.on('notification', onHint)
    await client.query('listen guildhall_outbox')
    return { lost, close }
  } catch (error) {
    close()
    throw error
  }
}

const retryMs = 1000
