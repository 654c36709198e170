import { addAbortListener } from 'node:events'
import type { SourceRecord } from '../../source.ts'
import type { ServerOptions } from './options.ts'
import type { Query } from './query.ts'

/** What a database is asked, and how. */
export interface Question {
  readonly query: Query
  /** Bound as the query's parameter. */
  readonly select: string | undefined
  readonly timeoutMs: number
}

/** Whom a database on the network is asked as. */
export interface Login extends Omit<ServerOptions, 'tls' | 'passwordSecret'> {
  readonly password: string
  /** Nothing where the connection is in the clear. `ca` is PEM. */
  readonly tls: { readonly ca: string | undefined; readonly verify: boolean } | undefined
}

/** One connection that reads once. */
export interface Session {
  /** Connects, and begins to read nothing but one state of the database. */
  begin(): Promise<void>
  /** Has the database read the query, without a row of it. */
  check(): Promise<void>
  /** Ends by itself only where the database said that these were all. */
  rows(): AsyncGenerator<readonly SourceRecord[], void>
  end(): Promise<void>
  /** Cuts the connection, whatever it is doing; nothing of it is left then. */
  destroy(): Promise<void>
}

/** What bounds a wait for a database. */
export interface Limits {
  readonly signal: AbortSignal
  readonly ms: number
}

/** Waits for a database no longer than this, and not past an abort; then the connection is cut. */
export async function within<T>(work: () => Promise<T>, { signal, ms }: Limits, session: Session): Promise<T> {
  signal.throwIfAborted()
  const { promise: over, reject } = withoutResult()
  const timer = setTimeout(() => reject(new Error(`it said nothing for ${Math.round(ms / 1_000)} seconds`)), ms)
  const listener = addAbortListener(signal, () => reject(new Error('the read was ended')))
  try {
    return await Promise.race([work(), over])
  } catch (cause) {
    void session.destroy()
    signal.throwIfAborted()
    throw cause
  } finally {
    clearTimeout(timer)
    listener[Symbol.dispose]()
  }
}

function withoutResult(): { readonly promise: Promise<never>; readonly reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<never>((_, onReject) => (reject = onReject))
  return { promise, reject }
}
