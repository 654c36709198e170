import type { Db } from './pool.ts'

/** It was made before somebody was erased, or not long after: files of the time may show them, so that nothing keeps them but need. */
const mayShowErased = `n.made_at < (select max(at) + interval '1 day' from erased_identity)`

/** Neither the newest snapshot `n` of a service that its facility has, nor one that waits for approval, nor what a destination has, one of those that count. */
const isUnneeded = (destinations = 'true'): string => `
  not exists (
    select from snapshot_head h
    join facility f on f.name = h.facility join service s on s.name = h.service
    join facility_service fs on (fs.facility_id, fs.service_id) = (f.id, s.id)
    where (h.facility, h.service) = (n.facility, n.service)
      and (h.generation = n.generation or exists (select from held_snapshot x where x.snapshot_id = n.id)))
  and not exists (
    select from delivery y
    join destination d on d.id = y.destination_id
    join facility f on f.id = d.facility_id and f.name = n.facility
    join service s on s.id = y.service_id and s.name = n.service
    where y.generation = n.generation and ${destinations})`

/** What is known of snapshots `gone` stays. */
const intoPast = `insert into snapshot_past (facility, service, generation, hash, made_at)
  select facility, service, generation, hash, made_at from gone on conflict do nothing`

/** Drops snapshots that are neither the newest nor delivered somewhere: a day after they were made, and at once where they may show somebody who was erased. */
export async function dropOldSnapshots(db: Db, asOf: Date): Promise<number> {
  const { rowCount } = await db.query(
    `with gone as (
       delete from snapshot n
       where (n.made_at < $1::timestamptz - interval '1 day' or ${mayShowErased}) and ${isUnneeded()}
       returning n.*
     ) ${intoPast}`,
    [asOf],
  )
  return rowCount ?? 0
}

/** Drops what the newest snapshot of a service has replaced and nobody has got, where it may show somebody who was erased. */
export async function dropReplaced(
  db: Db,
  { facility, service }: { readonly facility: string; readonly service: string },
): Promise<void> {
  await db.query(
    `with gone as (
       delete from snapshot n where n.facility = $1 and n.service = $2 and ${mayShowErased} and ${isUnneeded()} returning n.*
     ) ${intoPast}`,
    [facility, service],
  )
}

/**
 * Part of a statement that notes, as `written`, what a destination $3 has got of service $2 of facility $1: drops what it had before,
 * where no other one has that and it may show somebody who was erased.
 */
export const replacedThere = `gone as (
    delete from snapshot n using written
    where n.facility = $1 and n.service = $2 and n.generation < $4 and ${mayShowErased} and ${isUnneeded('d.name <> $3')}
    returning n.*
  ), past as (${intoPast})`
