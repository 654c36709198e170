import { GuildhallError } from '../core/errors.ts'
import type { Finding } from '../core/model/finding.ts'
import type { Pool } from 'pg'
import { SnapshotContent } from './snapshot-content.ts'
import type { Db, Tx } from './pool.ts'

/** A piece of a snapshot's file; null stands for the generation. */
export interface SnapshotPiece {
  readonly file: string
  readonly bytes: Uint8Array | null
}

interface Which {
  readonly facility: string
  readonly service: string
}

/** A snapshot read from PostgreSQL, as connectors/destination.ts wants it. */
export interface StoredSnapshot extends Which {
  readonly generation: number
  readonly hash: string
  readonly files: readonly { readonly path: string; readonly size: number }[]
  read(path: string): AsyncIterable<Uint8Array>
}

/**
 * Stores what a generator made, in the transaction its input was read in. The generation rises only when the content
 * differs from the newest snapshot's; either way, what was wanted when the transaction began is then done.
 */
export async function storeSnapshot(
  tx: Tx,
  {
    facility,
    service,
    at,
    chunks,
    needs,
  }: Which & {
    readonly at: Date
    readonly chunks: AsyncIterable<SnapshotPiece> | Iterable<SnapshotPiece>
    /** The attributes that the content shows; where it is not said, all of them. */
    readonly needs?: readonly string[]
  },
): Promise<{ readonly generation: number; readonly hash: string; readonly changed: boolean }> {
  const head = await readHead(tx, { facility, service })
  const content = new SnapshotContent(tx, { facility, service, generation: head.generation + 1, at })
  for await (const { file, bytes } of chunks) await content.add(file, bytes)
  const hash = content.hash()
  const changed = hash !== head.hash
  await (changed ? content.keep(hash) : content.discard())
  const generation = changed ? head.generation + 1 : head.generation
  await tx.query(
    `insert into snapshot_head (facility, service, generation, hash, needs, snapshotted)
     values ($1, $2, $3, $4, $5, coalesce((
       select stale.wanted from stale
       join facility f on f.id = stale.facility_id and f.name = $1
       join service s on s.id = stale.service_id and s.name = $2), 0))
     on conflict (facility, service) do update
     set generation = excluded.generation, hash = excluded.hash, needs = excluded.needs,
       snapshotted = greatest(snapshot_head.snapshotted, excluded.snapshotted), error = null`,
    [facility, service, generation, hash, needs ?? null],
  )
  return { generation, hash, changed }
}

/** Notes why a snapshot could not be made; the next one that is stored takes the note away. */
export async function recordSnapshotFailed(
  db: Db,
  { facility, service, error }: Which & { readonly error: string },
): Promise<void> {
  await db.query(
    `insert into snapshot_head (facility, service, error) values ($1, $2, $3)
     on conflict (facility, service) do update set error = excluded.error`,
    [facility, service, error],
  )
}

/** Lists the services in force whose last snapshot could not be made. */
export async function listSnapshotFailures(db: Db): Promise<Finding[]> {
  const { rows } = await db.query<{ facility: string; service: string; error: string }>(
    `select h.facility, h.service, h.error
     from snapshot_head h
     join facility f on f.name = h.facility
     join service s on s.name = h.service
     join facility_service fs on (fs.facility_id, fs.service_id) = (f.id, s.id)
     where h.error is not null order by h.facility, h.service`,
  )
  return rows.map(({ facility, service, error }) => ({
    severity: 'error',
    code: 'snapshot-failed',
    message: `Cannot make the files of service "${service}" for facility "${facility}": ${error}`,
  }))
}

/** Opens the newest snapshot; undefined before the first. Reading throws SNAPSHOT_GONE when a newer one has replaced it. */
export async function openStoredSnapshot(
  pool: Pool,
  { facility, service }: Which,
): Promise<StoredSnapshot | undefined> {
  const { rows } = await pool.query<{
    id: number
    generation: number
    hash: string
    files: { path: string; size: number }[]
  }>(
    `select n.id, n.generation, n.hash, coalesce((
       select json_agg(json_build_object('path', f.path, 'size', f.size + f.slots * length(n.generation::text)) order by f.path)
       from snapshot_file f where f.snapshot_id = n.id), '[]') as files
     from snapshot_head h
     join snapshot n on (n.facility, n.service, n.generation) = (h.facility, h.service, h.generation)
     where h.facility = $1 and h.service = $2`,
    [facility, service],
  )
  const found = rows[0]
  if (found === undefined) return undefined
  const { id, generation, hash, files } = found
  return { facility, service, generation, hash, files, read: (path) => readChunks(pool, { id, generation, path }) }
}

async function readHead(tx: Tx, { facility, service }: Which): Promise<{ generation: number; hash: string | null }> {
  const { rows } = await tx.query<{ generation: number; hash: string | null }>(
    // The files of a service that was taken out may be gone, and have to be stored again when it is back.
    `select h.generation, n.hash
     from snapshot_head h left join snapshot n on (n.facility, n.service, n.generation) = (h.facility, h.service, h.generation)
     where h.facility = $1 and h.service = $2`,
    [facility, service],
  )
  return rows[0] ?? { generation: 0, hash: null }
}

async function* readChunks(
  pool: Pool,
  { id, generation, path }: { readonly id: number; readonly generation: number; readonly path: string },
): AsyncIterable<Uint8Array> {
  const { rows } = await pool.query<{ chunks: number }>(
    `select (select count(*)::integer from snapshot_chunk c where (c.snapshot_id, c.path) = (f.snapshot_id, f.path)) as chunks
     from snapshot_file f where f.snapshot_id = $1 and f.path = $2`,
    [id, path],
  )
  const chunks = rows[0]?.chunks
  if (chunks === undefined) throw gone(path, generation)
  for (let number = 0; number < chunks; number += 1) {
    const found = await pool.query<{ bytes: Buffer | null }>(
      'select bytes from snapshot_chunk where snapshot_id = $1 and path = $2 and number = $3',
      [id, path, number],
    )
    const chunk = found.rows[0]
    if (chunk === undefined) throw gone(path, generation)
    yield chunk.bytes ?? Buffer.from(String(generation))
  }
}

function gone(path: string, generation: number): GuildhallError {
  return new GuildhallError(
    'SNAPSHOT_GONE',
    `Cannot read "${path}" of generation ${generation}: it is not in this snapshot, or a newer snapshot has replaced it; open the newest`,
    { facts: { path, generation } },
  )
}
