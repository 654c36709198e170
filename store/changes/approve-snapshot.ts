import { GuildhallError } from '../../core/errors.ts'
import type { HeldSnapshot } from '../held-snapshots.ts'
import type { Tx } from '../pool.ts'
import { writeOutbox } from './outbox.ts'
import { recordEvent, type Cause } from './trail.ts'

/** Whose word it is that a held snapshot may go out, and why. */
export interface SnapshotApproval {
  /** Its hash, or the beginning of it: at least eight letters. */
  readonly hash: string
  readonly cause: Cause
  readonly reason: string
  readonly now: Date
}

/** What somebody waits for at a screen. */
const singlePriority = 2

/**
 * Makes a held snapshot the newest of its service, in the caller's transaction, and has it delivered; that very one alone: what is
 * made of it later is judged anew, against it. Throws HOLD_UNKNOWN where none or more than one begins so.
 */
export async function approveSnapshot(tx: Tx, { hash, cause, reason, now }: SnapshotApproval): Promise<HeldSnapshot> {
  const { id, facilityId, serviceId, generation, ...held } = await takeOne(tx, hash)
  const { facility, service } = held
  await tx.query('delete from held_snapshot where snapshot_id = $1', [id])
  await tx.query(
    `insert into snapshot_head (facility, service, generation, hash) values ($1, $2, $3, $4)
     on conflict (facility, service) do update set generation = excluded.generation, hash = excluded.hash`,
    [facility, service, generation, held.hash],
  )
  await recordEvent(
    tx,
    { cause, at: now },
    {
      ...{ action: 'approve', kind: 'Delivery', name: `${facility}/${service}` },
      personal: { hash: held.hash, lost: held.lost, of: held.base, reason },
    },
  )
  await writeOutbox(tx, { services: [{ facility: facilityId, service: serviceId }], priority: singlePriority, at: now })
  return held
}

interface Found extends HeldSnapshot {
  readonly id: number
  readonly generation: number
  readonly facilityId: number
  readonly serviceId: number
}

async function takeOne(tx: Tx, hash: string): Promise<Found> {
  const isPart = /^[0-9a-f]{8,64}$/.test(hash)
  const { rows } = await tx.query<Found>(
    `select n.id, n.facility, n.service, n.generation, n.hash, x.lost, x.base, x.allowed as "limit", x.since,
       f.id as "facilityId", s.id as "serviceId"
     from held_snapshot x
     join snapshot n on n.id = x.snapshot_id and starts_with(n.hash, $1)
     join facility f on f.name = n.facility
     join service s on s.name = n.service
     join facility_service fs on (fs.facility_id, fs.service_id) = (f.id, s.id)
     for update of x`,
    [hash],
  )
  const [one, other] = isPart ? rows : []
  if (one !== undefined && other === undefined) return one
  const reason =
    one === undefined
      ? 'nothing that is held has this hash; `guildhall status` lists what is, with at least eight letters of it'
      : 'the files of several services begin so; give more of the hash'
  throw new GuildhallError('HOLD_UNKNOWN', `Cannot approve delivery "${hash}": ${reason}`, { facts: { hash } })
}
