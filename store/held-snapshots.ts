import { limitsOfInstance, strictest, withGuard, type InstanceGuard } from '../core/config/guard.ts'
import { judgeSnapshot, type SnapshotLoss, type SnapshotSize } from '../core/propagation/judge-snapshot.ts'
import type { Finding } from '../core/model/finding.ts'
import type { Guard } from '../schemas/generated/config.ts'
import type { Db, Tx } from './pool.ts'

interface Which {
  readonly facility: string
  readonly service: string
}

/** The newest snapshot of a service, all but the number null where its files are not there. */
export interface SnapshotHead {
  readonly generation: number
  readonly hash: string | null
  readonly lines: number | null
  readonly given: SnapshotSize['given'] | null
  readonly madeAt: Date | null
}

/** Takes out what is held of a service: what is made now takes its place, is held again, or ends it. */
export async function takeHeldSnapshot(
  tx: Tx,
  { facility, service }: Which,
): Promise<{ readonly hash: string; readonly since: Date } | undefined> {
  const { rows } = await tx.query<{ hash: string; since: Date }>(
    `with held as (
       select n.id, x.since from held_snapshot x join snapshot n on n.id = x.snapshot_id
       where n.facility = $1 and n.service = $2)
     delete from snapshot n using held where n.id = held.id returning n.hash, held.since`,
    [facility, service],
  )
  return rows[0]
}

/** Tells what a snapshot loses too much against the newest one; what somebody has approved since then may lose anything. */
export async function judgeAgainst(
  tx: Tx,
  { service, head, size }: { readonly service: string; readonly head: SnapshotHead; readonly size: SnapshotSize },
): Promise<SnapshotLoss | undefined> {
  const { lines, given, madeAt } = head
  if (lines === null || given === null || size.lines >= lines) return undefined
  const { rows } = await tx.query<{ instance: InstanceGuard | null; own: Guard | null; approved: boolean }>(
    `select (select spec->'guard' from instance limit 1) as instance, s.spec->'guard' as own,
       exists (select from approval where spent_at >= $2) as approved
     from service s where s.name = $1`,
    [service, madeAt],
  )
  const [row] = rows
  if (row === undefined || row.approved) return undefined
  const general = limitsOfInstance(row.instance ?? {}, {})
  return judgeSnapshot({ lines, given }, size, strictest(general, withGuard(general, row.own ?? undefined)))
}

/** Notes that a stored snapshot waits for somebody's word. */
export async function holdSnapshot(
  tx: Tx,
  { id, loss, since }: { readonly id: number; readonly loss: SnapshotLoss; readonly since: Date },
): Promise<void> {
  await tx.query('insert into held_snapshot (snapshot_id, lost, base, allowed, since) values ($1, $2, $3, $4, $5)', [
    id,
    loss.lost,
    loss.base,
    loss.limit,
    since,
  ])
}

/** Joins to lines of `facility f` and `service s` why the files there wait, as `x.why`. */
export const heldSnapshotOfLine = `
  left join (
    select n.facility, n.service, 'waits for approval: loses ' || held.lost || ' of ' || held.base ||
      ' lines, the limit is ' || held.allowed || '; hash ' || left(n.hash, 12) as why
    from held_snapshot held join snapshot n on n.id = held.snapshot_id
  ) x on (x.facility, x.service) = (f.name, s.name)`

/** A snapshot that waits for somebody's word. */
export interface HeldSnapshot extends Which, SnapshotLoss {
  /** Lower-case hex SHA-256, by which it is approved. */
  readonly hash: string
  readonly since: Date
}

/** Lists the snapshots that wait, by facility and service, of what facilities have. */
export async function listHeldSnapshots(db: Db): Promise<HeldSnapshot[]> {
  const { rows } = await db.query<HeldSnapshot>(
    `select n.facility, n.service, n.hash, x.lost, x.base, x.allowed as "limit", x.since
     from held_snapshot x
     join snapshot n on n.id = x.snapshot_id
     join facility f on f.name = n.facility
     join service s on s.name = n.service
     join facility_service fs on (fs.facility_id, fs.service_id) = (f.id, s.id)
     order by n.facility, n.service`,
  )
  return rows
}

/** What waits, as findings. */
export async function findHeldSnapshots(db: Db): Promise<Finding[]> {
  const held = await listHeldSnapshots(db)
  return held.map(({ facility, service, hash, lost, base, limit }) => ({
    severity: 'error',
    code: 'snapshot-held',
    message: `Files of service "${service}" for facility "${facility}" wait: they lose ${lost} of ${base} lines that no change of access explains, the limit is ${limit}; mend what makes them, or approve with \`guildhall deliveries approve ${hash.slice(0, 12)}\``,
  }))
}
