import { GuildhallError } from '../core/errors.ts'
import type { Finding } from '../core/model/finding.ts'
import type { Pool } from 'pg'
import type { SnapshotLoss, SnapshotSize } from '../core/propagation/judge-snapshot.ts'
import { holdSnapshot, judgeAgainst, takeHeldSnapshot, type SnapshotHead } from './held-snapshots.ts'
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

/** What became of what a generator made. */
interface StoredOutcome {
  /** Of the newest snapshot now, like the hash. */
  readonly generation: number
  readonly hash: string
  readonly changed: boolean
  /** What is not the newest before somebody approves it. */
  readonly held?: SnapshotLoss & { readonly hash: string }
}

/**
 * Stores what a generator made, in the transaction its input was read in. The generation rises only when the content
 * differs from the newest snapshot's, and not where it loses more than any change of access explains: that is stored and held.
 * Either way, what was wanted when the transaction began is then done.
 */
export async function storeSnapshot(tx: Tx, making: Making): Promise<StoredOutcome> {
  const { facility, service, at, chunks, needs } = making
  const head = await readHead(tx, making)
  const before = await takeHeldSnapshot(tx, making)
  const content = new SnapshotContent(tx, { facility, service, generation: head.generation + 1, at })
  for await (const { file, bytes } of chunks) await content.add(file, bytes)
  const hash = content.hash()
  const isNew = hash !== head.hash
  if (!isNew) await content.discard()
  const held = isNew ? await keep(tx, { content, head, before, making }) : undefined
  const isNewest = isNew && held === undefined
  const newest = isNewest ? { generation: head.generation + 1, hash } : head
  await tx.query(
    `insert into snapshot_head (facility, service, generation, hash, needs, snapshotted)
     values ($1, $2, $3, $4, $5, coalesce((
       select stale.wanted from stale
       join facility f on f.id = stale.facility_id and f.name = $1
       join service s on s.id = stale.service_id and s.name = $2), 0))
     on conflict (facility, service) do update
     set generation = excluded.generation, hash = excluded.hash, needs = excluded.needs,
       snapshotted = greatest(snapshot_head.snapshotted, excluded.snapshotted), error = null`,
    [facility, service, newest.generation, newest.hash, needs ?? null],
  )
  const stands = { generation: newest.generation, hash: newest.hash ?? hash, changed: isNewest }
  return held === undefined ? stands : { ...stands, held }
}

/** What a generator made, and of whom. */
interface Making extends Which {
  readonly at: Date
  readonly chunks: AsyncIterable<SnapshotPiece> | Iterable<SnapshotPiece>
  /** The attributes that the content shows; where it is not said, all of them. */
  readonly needs?: readonly string[]
  /** What the generator was given, asked once all pieces have come; where it is not said, nothing is ever held. */
  readonly given?: () => SnapshotSize['given']
}

interface Keeping {
  readonly content: SnapshotContent
  readonly head: SnapshotHead
  /** What was held until now. */
  readonly before: { readonly hash: string; readonly since: Date } | undefined
  readonly making: Making
}

/** Keeps content that is news; tells why it waits, where it does. */
async function keep(tx: Tx, { content, head, before, making }: Keeping): Promise<StoredOutcome['held']> {
  const { service, at, given } = making
  const hash = content.hash()
  const size = given && { lines: content.lines(), given: given() }
  const id = await content.keep(hash, size?.given)
  const loss = size && (await judgeAgainst(tx, { service, head, size }))
  if (loss === undefined) return undefined
  await holdSnapshot(tx, { id, loss, since: before?.hash === hash ? before.since : at })
  return { hash, ...loss }
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

async function readHead(tx: Tx, { facility, service }: Which): Promise<SnapshotHead> {
  const { rows } = await tx.query<SnapshotHead>(
    // The files of a service that was taken out may be gone, and have to be stored again when it is back.
    `select h.generation, n.hash, n.lines, n.given, n.made_at as "madeAt"
     from snapshot_head h left join snapshot n on (n.facility, n.service, n.generation) = (h.facility, h.service, h.generation)
     where h.facility = $1 and h.service = $2`,
    [facility, service],
  )
  return rows[0] ?? { generation: 0, hash: null, lines: null, given: null, madeAt: null }
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
