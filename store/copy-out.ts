import { finished } from 'node:stream/promises'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Tx } from './pool.ts'

/** A statement with its parameters. */
export interface Query {
  readonly text: string
  readonly values: readonly Parameter[]
}

type Parameter = string | number | readonly number[]

/** Columns as PostgreSQL writes them; the empty text stands for null, so no column may hold one. */
export type Row = readonly string[]

/**
 * PostgreSQL is never made to wait: what it sends is held as it came until somebody reads it, some 60 bytes a person,
 * so that the transaction can take another statement between two pieces.
 */
const held = { objectMode: true, highWaterMark: Number.MAX_SAFE_INTEGER }

/** Walks the rows of a query over `copy`, some thousand at a time: read one by one they would take three times as long. */
export async function* walk(tx: Tx, query: Query): AsyncIterable<readonly Row[]> {
  const stream = tx.query(copyTo(`copy (${written(query)}) to stdout (null '')`, held))
  const ended = finished(stream).catch(() => undefined)
  const pieces: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false })
  let begun: Buffer = Buffer.alloc(0)
  try {
    for await (const piece of pieces) {
      const bytes = Buffer.concat([begun, piece])
      const end = bytes.lastIndexOf('\n')
      begun = bytes.subarray(end + 1)
      if (end >= 0) yield rowsOf(bytes.toString('utf8', 0, end))
    }
  } finally {
    // The connection takes no other statement before the last row has come.
    stream.resume()
    await ended
  }
}

function rowsOf(text: string): Row[] {
  const rows = text.split('\n').map((line) => line.split('\t'))
  return text.includes('\\') ? rows.map((columns) => columns.map(unescaped)) : rows
}

const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(.)/g, (_, letter: string) => letters[letter] ?? letter)
}

/** The statement with its parameters filled in, since `copy` takes none. */
function written({ text, values }: Query): string {
  return text.replace(/\$(\d+)/g, (_, number: string) => {
    const value = values[Number(number) - 1]
    if (typeof value === 'number') return String(value)
    return pg.escapeLiteral(typeof value === 'object' ? `{${value.join(',')}}` : (value ?? ''))
  })
}
