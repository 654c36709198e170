import type { Tx } from './pool.ts'

/** A statement with its parameters. */
export interface Query {
  readonly text: string
  readonly values: unknown[]
}

const fetchSize = 5000
let opened = 0

/** Walks the rows of a query over a server-side cursor, so that memory does not grow with them. */
export async function* walk<T>(tx: Tx, { text, values }: Query, map: (row: readonly unknown[]) => T): AsyncIterable<T> {
  opened += 1
  const name = `walk_${opened}`
  await tx.query(`declare ${name} no scroll cursor for ${text}`, values)
  try {
    for (;;) {
      const { rows } = await tx.query<unknown[]>({ text: `fetch ${fetchSize} from ${name}`, rowMode: 'array' })
      for (const row of rows) yield map(row)
      if (rows.length < fetchSize) return
    }
  } finally {
    // After an error the transaction takes no statement any more, and the cursor ends with it.
    await tx.query(`close ${name}`).catch(() => undefined)
  }
}
