import type { Tx } from './pool.ts'

/** A statement with its parameters. */
export interface Query {
  readonly text: string
  readonly values: unknown[]
}

const fetchSize = 5000
let opened = 0

/** Values stay as PostgreSQL writes them: what they mean is known where they are read, and most are plain. */
const asWritten = { getTypeParser: () => String }

/** Walks the rows of a query over a server-side cursor, a batch at a time, so that memory does not grow with them. */
export async function* walk(tx: Tx, { text, values }: Query): AsyncIterable<readonly (readonly (string | null)[])[]> {
  opened += 1
  const name = `walk_${opened}`
  await tx.query(`declare ${name} no scroll cursor for ${text}`, values)
  const fetch = { text: `fetch ${fetchSize} from ${name}`, rowMode: 'array', types: asWritten } as const
  try {
    for (;;) {
      const { rows } = await tx.query<(string | null)[]>(fetch)
      yield rows
      if (rows.length < fetchSize) return
    }
  } finally {
    // After an error the transaction takes no statement any more, and the cursor ends with it.
    await tx.query(`close ${name}`).catch(() => undefined)
  }
}
