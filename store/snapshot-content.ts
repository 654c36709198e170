import { createHash, type Hash } from 'node:crypto'
import type { SnapshotSize } from '../core/propagation/judge-snapshot.ts'
import type { Tx } from './pool.ts'

interface Target {
  readonly facility: string
  readonly service: string
  readonly generation: number
  readonly at: Date
}

interface OpenFile {
  readonly digest: Hash
  /** Where in the file the generation stands. */
  readonly slots: number[]
  size: number
  chunks: number
  buffered: Uint8Array[]
  bufferedSize: number
}

interface Chunk {
  readonly path: string
  readonly number: number
  /** Null for the generation. */
  readonly size: number | null
  readonly bytes: readonly Uint8Array[]
}

const lineFeed = 10
const chunkLimit = 1_000_000
const memoryLimit = 4_000_000

/**
 * Gathers the pieces of a snapshot, which may come for many files in turns. Up to 4 MB nothing is written before the
 * hash is known, so that an unchanged small snapshot leaves no trace; beyond that chunks go to PostgreSQL.
 */
export class SnapshotContent {
  private readonly files = new Map<string, OpenFile>()
  private readonly tx: Tx
  private readonly target: Target
  private chunks: Chunk[] = []
  private inMemory = 0
  private snapshotId: number | undefined
  private lineFeeds = 0
  /** The chunks on their way to PostgreSQL, while the next ones are made. */
  private flushing: Promise<void> = Promise.resolve()

  constructor(tx: Tx, target: Target) {
    this.tx = tx
    this.target = target
  }

  async add(path: string, bytes: Uint8Array | null): Promise<void> {
    const file = this.files.get(path) ?? newFile()
    this.files.set(path, file)
    if (bytes === null) {
      this.cut(path, file)
      file.slots.push(file.size)
      this.chunks.push({ path, number: file.chunks, size: null, bytes: [] })
      file.chunks += 1
      return
    }
    this.lineFeeds += countLineFeeds(bytes)
    for (let from = 0; from < bytes.length; from += chunkLimit)
      this.append(path, file, bytes.subarray(from, from + chunkLimit))
    if (this.inMemory >= memoryLimit) await this.startFlush()
  }

  /** Over the files by path: their bytes, and where the generation stands in them. */
  hash(): string {
    const whole = createHash('sha256')
    for (const [path, file] of this.sorted()) {
      whole.update(JSON.stringify([path, file.size, file.slots, file.digest.copy().digest('hex')]))
    }
    return whole.digest('hex')
  }

  /** Of all files together. */
  lines(): number {
    return this.lineFeeds
  }

  /** Stores what was gathered; tells the id of the snapshot. */
  async keep(hash: string, given: SnapshotSize['given'] | undefined): Promise<number> {
    await this.startFlush()
    await this.flushing
    const id = await this.id()
    await this.tx.query('update snapshot set hash = $2, lines = $3, given = $4 where id = $1', [
      ...[id, hash, this.lineFeeds],
      given === undefined ? null : JSON.stringify(given),
    ])
    const rows = this.sorted().map(([path, { size, slots }]) => ({ path, size, slots: slots.length }))
    await this.tx.query(
      `insert into snapshot_file (snapshot_id, path, size, slots)
       select $1, x.path, x.size, x.slots from json_to_recordset($2::json) as x(path text, size bigint, slots integer)`,
      [id, JSON.stringify(rows)],
    )
    return id
  }

  async discard(): Promise<void> {
    await this.flushing
    this.chunks = []
    if (this.snapshotId !== undefined) await this.tx.query('delete from snapshot where id = $1', [this.snapshotId])
  }

  private append(path: string, file: OpenFile, bytes: Uint8Array): void {
    if (file.bufferedSize + bytes.length > chunkLimit) this.cut(path, file)
    file.digest.update(bytes)
    file.buffered.push(bytes)
    file.bufferedSize += bytes.length
    file.size += bytes.length
    this.inMemory += bytes.length
  }

  /** Ends the file's current chunk. */
  private cut(path: string, file: OpenFile): void {
    if (file.bufferedSize === 0) return
    this.chunks.push({ path, number: file.chunks, size: file.bufferedSize, bytes: file.buffered })
    file.chunks += 1
    file.buffered = []
    file.bufferedSize = 0
  }

  private async startFlush(): Promise<void> {
    await this.flushing
    this.flushing = this.flush()
    // Whoever waits for it next is told.
    this.flushing.catch(() => undefined)
  }

  /** All bytes go as one parameter, cut in PostgreSQL: in a list each would be written out as text. */
  private async flush(): Promise<void> {
    for (const [path, file] of this.files) this.cut(path, file)
    const chunks = this.chunks
    this.chunks = []
    this.inMemory = 0
    const id = await this.id()
    await this.tx.query(
      `insert into snapshot_chunk (snapshot_id, path, number, bytes)
       select $1, x.path, x.number, substring($2::bytea from x.start for x.size)
       from unnest($3::text[], $4::integer[], $5::integer[], $6::integer[]) as x(path, number, start, size)`,
      [
        ...[id, Buffer.concat(chunks.flatMap(({ bytes }) => bytes))],
        ...[chunks.map(({ path }) => path), chunks.map(({ number }) => number)],
        ...[startsOf(chunks), chunks.map(({ size }) => size)],
      ],
    )
  }

  private async id(): Promise<number> {
    if (this.snapshotId !== undefined) return this.snapshotId
    const { facility, service, generation, at } = this.target
    const { rows } = await this.tx.query<{ id: number }>(
      `insert into snapshot (facility, service, generation, hash, made_at) values ($1, $2, $3, '', $4) returning id`,
      [facility, service, generation, at],
    )
    this.snapshotId = rows[0]?.id ?? 0
    return this.snapshotId
  }

  private sorted(): [string, OpenFile][] {
    return [...this.files].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

function countLineFeeds(bytes: Uint8Array): number {
  let found = 0
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) found += 1
  return found
}

function newFile(): OpenFile {
  return { digest: createHash('sha256'), slots: [], size: 0, chunks: 0, buffered: [], bufferedSize: 0 }
}

/** Where each begins when they stand one after the other, counted from 1. */
function startsOf(chunks: readonly Chunk[]): number[] {
  let next = 1
  return chunks.map(({ size }) => {
    const start = next
    next += size ?? 0
    return start
  })
}
