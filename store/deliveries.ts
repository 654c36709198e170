import type { JsonObject } from '../core/model/json.ts'
import type { DeliveryBlock, DeliveryState, ListedDelivery } from '../core/model/answers.ts'
import { blockOfLine } from './delivery-blocks.ts'
import { replacedThere } from './drop-snapshots.ts'
import { heldSnapshotOfLine } from './held-snapshots.ts'
import type { Db } from './pool.ts'

/** A destination that has not got the newest snapshot of a service, or is to get it again. */
export interface PendingDelivery {
  readonly facility: string
  readonly service: string
  readonly destination: string
  readonly type: string
  readonly options: JsonObject
  readonly generation: number
  readonly hash: string
  readonly failures: number
}

/** A (facility, service, destination), by name. */
export interface DeliveryKey {
  readonly facility: string
  readonly service: string
  readonly destination: string
}

/** Services that go before service `s` and to destination `d` too, and whose newest snapshots are not there yet; null where there is none. */
const missingBefore = `
    select array_agg(o.name order by o.name) as waits_for
    from service o
    join facility_service os on os.service_id = o.id and os.facility_id = f.id
    left join snapshot_head oh on oh.facility = f.name and oh.service = o.name
    left join delivery oy on oy.destination_id = d.id and oy.service_id = o.id
    where s.spec->'after' ? o.name and o.name = any(d.services)
      and (oh.hash is null or oy.hash is distinct from oh.hash)`

/** One line per (facility, service, destination) with its newest and its delivered snapshot; pending too while that is older than what is in force. */
export const deliveryLines = `
  select f.name as facility, s.name as service, d.name as destination, d.type, d.options,
    nullif(h.generation, 0) as generation, h.hash, y.generation as delivered, y.hash as delivered_hash,
    y.delivered_at, coalesce(y.failures, 0) as failures, y.failing_since, y.again_at,
    coalesce(y.error, h.error, x.why,
      case when y.hash is distinct from h.hash or y.again_at is not null
        then 'waits for ' || array_to_string(a.waits_for, ', ') end) as error, a.waits_for,
    b.block,
    case when b.block is not null then (case b.block->>'kind' when 'pause' then 'paused' else 'blocked' end)
      when coalesce(y.failures, 0) > 0 then 'failing'
      when x.why is not null then 'held'
      when h.hash is null or y.hash is distinct from h.hash or t.wanted > h.snapshotted
        or o.facility_id is not null or y.again_at is not null then 'pending'
      else 'delivered' end as state
  from destination d
  join facility f on f.id = d.facility_id
  join facility_service fs on fs.facility_id = f.id
  join service s on s.id = fs.service_id and s.name = any(d.services)
  left join snapshot_head h on h.facility = f.name and h.service = s.name
  ${heldSnapshotOfLine}
  left join stale t on (t.facility_id, t.service_id) = (fs.facility_id, fs.service_id)
  left join (select distinct facility_id, service_id from outbox) o
    on (o.facility_id, o.service_id) = (fs.facility_id, fs.service_id)
  left join delivery y on y.destination_id = d.id and y.service_id = s.id
  ${blockOfLine}
  left join lateral (${missingBefore}) a on true`

/** Lists where the newest snapshots of a facility's services are still to go, and may. */
export async function listPending(db: Db, facility: string): Promise<PendingDelivery[]> {
  const { rows } = await db.query<PendingDelivery>(
    `select facility, service, destination, type, options, generation, hash, failures
     from (${deliveryLines}) line
     where facility = $1 and hash is not null and block is null and waits_for is null
       and (delivered_hash is distinct from hash or again_at is not null)
     order by service, destination`,
    [facility],
  )
  return rows
}

/** Lists the services that waited at a destination for this one to arrive, and may go there now. */
export async function listFreed(db: Db, { facility, service, destination }: DeliveryKey): Promise<string[]> {
  const { rows } = await db.query<{ service: string }>(
    `select line.service from (${deliveryLines}) line join service s on s.name = line.service
     where line.facility = $1 and line.destination = $3 and s.spec->'after' ? $2
       and line.hash is not null and line.delivered_hash is distinct from line.hash and block is null and waits_for is null
     order by line.service`,
    [facility, service, destination],
  )
  return rows.map((row) => row.service)
}

/** Notes what a destination installed; nothing older ever replaces something newer. */
export async function recordDelivered(
  db: Db,
  key: DeliveryKey & {
    readonly generation: number
    readonly hash: string
    readonly at: Date
    /** What it was asked for at; whoever asks later is not answered by it. */
    readonly againAt?: Date | undefined
  },
): Promise<void> {
  await db.query(
    `with written as (
       insert into delivery (destination_id, service_id, generation, hash, delivered_at, attempted_generation)
       select d.id, s.id, $4::integer, $5::text, $6::timestamptz, $4::integer ${target}
       on conflict (destination_id, service_id) do update
       set generation = excluded.generation, hash = excluded.hash, delivered_at = excluded.delivered_at,
         attempted_generation = excluded.attempted_generation, failures = 0, failing_since = null, error = null,
         again_at = case when delivery.again_at > coalesce($7::timestamptz, '-infinity') then delivery.again_at end
       where coalesce(delivery.generation, 0) <= excluded.generation
       returning 1
     ), ${replacedThere}
     insert into delivery_event (facility, service, destination, generation, hash, at)
     select $1, $2, $3, $4, $5, $6 from written`,
    [key.facility, key.service, key.destination, key.generation, key.hash, key.at, key.againAt],
  )
}

/** Notes a failed attempt; what was delivered before stands. */
export async function recordFailed(
  db: Db,
  key: DeliveryKey & { readonly generation: number; readonly error: string; readonly at: Date },
): Promise<void> {
  await db.query(
    `with written as (
       insert into delivery (destination_id, service_id, attempted_generation, failures, failing_since, error)
       select d.id, s.id, $4::integer, 1, $6::timestamptz, $5::text ${target}
       on conflict (destination_id, service_id) do update
       set attempted_generation = excluded.attempted_generation, failures = delivery.failures + 1,
         failing_since = coalesce(delivery.failing_since, excluded.failing_since), error = excluded.error
       where coalesce(delivery.generation, 0) < excluded.attempted_generation or delivery.again_at is not null
       returning failures
     )
     insert into delivery_event (facility, service, destination, generation, error, at)
     select $1, $2, $3, $4, $5, $6 from written where failures = 1`,
    [key.facility, key.service, key.destination, key.generation, key.error, key.at],
  )
}

export interface DeliveryFilter extends Partial<DeliveryKey> {
  readonly state?: DeliveryState
}

/** Lists where services stand, by facility, service and destination. */
export async function listDeliveries(db: Db, filter: DeliveryFilter = {}): Promise<ListedDelivery[]> {
  const { rows } = await db.query<
    Omit<ListedDelivery, 'block' | 'since'> & { readonly since: Date | null; readonly block: DeliveryBlock | null }
  >(
    `select facility, service, destination, state, generation, delivered, failures, failing_since as since, error, block
     from (${deliveryLines}) line
     where ($1::text is null or facility = $1) and ($2::text is null or service = $2)
       and ($3::text is null or destination = $3) and ($4::text is null or state = $4)
     order by facility, service, destination`,
    [filter.facility ?? null, filter.service ?? null, filter.destination ?? null, filter.state ?? null],
  )
  return rows.map(({ since, block, ...line }) => ({
    ...{ ...line, since: since?.toISOString() ?? null },
    ...(block === null ? {} : { block }),
  }))
}

/** A destination as its facility declares it, with what it was last given. */
export interface DeclaredDestination {
  readonly type: string
  readonly options: JsonObject
  readonly delivered?: { readonly generation: number; readonly hash: string }
  /** Since when it is to get again what it has. */
  readonly againAt?: Date
  /** Another service has to be there first, and is not. */
  readonly isWaiting: boolean
  /** Services may wait for this one to be there. */
  readonly isAwaited: boolean
  /** An operator keeps it from going out. */
  readonly isBlocked: boolean
}

/** Reads a destination of a service; undefined where it is no longer declared. */
export async function readDestination(db: Db, key: DeliveryKey): Promise<DeclaredDestination | undefined> {
  const { rows } = await db.query<{
    type: string
    options: JsonObject
    delivered: number | null
    delivered_hash: string | null
    again_at: Date | null
    isAwaited: boolean
    isBlocked: boolean
    isWaiting: boolean
  }>(
    `select type, options, delivered, delivered_hash, again_at, block is not null as "isBlocked",
       exists (select from service where spec->'after' ? $2) as "isAwaited",
       waits_for is not null as "isWaiting" from (${deliveryLines}) line
     where facility = $1 and service = $2 and destination = $3`,
    [key.facility, key.service, key.destination],
  )
  const line = rows[0]
  if (line === undefined) return undefined
  const { delivered, delivered_hash, again_at, ...declared } = line
  const again = again_at === null ? {} : { againAt: again_at }
  if (delivered === null || delivered_hash === null) return { ...declared, ...again }
  return { ...declared, ...again, delivered: { generation: delivered, hash: delivered_hash } }
}

const target = `from facility f
  join destination d on d.facility_id = f.id and d.name = $3
  join service s on s.name = $2 and s.name = any(d.services)
  where f.name = $1`
