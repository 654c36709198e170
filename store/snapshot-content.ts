import { createHash, type Hash } from 'node:crypto'
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
  readonly bytes: Buffer | null
}

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
      this.chunks.push({ path, number: file.chunks, bytes: null })
      file.chunks += 1
      return
    }
    for (let from = 0; from < bytes.length; from += chunkLimit)
      this.append(path, file, bytes.subarray(from, from + chunkLimit))
    if (this.inMemory >= memoryLimit) await this.flush()
  }

  /** Over the files by path: their bytes, and where the generation stands in them. */
  hash(): string {
    const whole = createHash('sha256')
    for (const [path, file] of this.sorted()) {
      whole.update(JSON.stringify([path, file.size, file.slots, file.digest.copy().digest('hex')]))
    }
    return whole.digest('hex')
  }

  async keep(hash: string): Promise<void> {
    await this.flush()
    const id = await this.id()
    await this.tx.query('update snapshot set hash = $2 where id = $1', [id, hash])
    const rows = this.sorted().map(([path, { size, slots }]) => ({ path, size, slots: slots.length }))
    await this.tx.query(
      `insert into snapshot_file (snapshot_id, path, size, slots)
       select $1, x.path, x.size, x.slots from json_to_recordset($2::json) as x(path text, size bigint, slots integer)`,
      [id, JSON.stringify(rows)],
    )
  }

  async discard(): Promise<void> {
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
    this.chunks.push({ path, number: file.chunks, bytes: Buffer.concat(file.buffered) })
    file.chunks += 1
    file.buffered = []
    file.bufferedSize = 0
  }

  private async flush(): Promise<void> {
    for (const [path, file] of this.files) this.cut(path, file)
    const chunks = this.chunks
    this.chunks = []
    this.inMemory = 0
    const id = await this.id()
    await this.tx.query(
      `insert into snapshot_chunk (snapshot_id, path, number, bytes)
       select $1, * from unnest($2::text[], $3::integer[], $4::bytea[])`,
      [id, chunks.map(({ path }) => path), chunks.map(({ number }) => number), chunks.map(({ bytes }) => bytes)],
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

function newFile(): OpenFile {
  return { digest: createHash('sha256'), slots: [], size: 0, chunks: 0, buffered: [], bufferedSize: 0 }
}
