import { createHash } from 'node:crypto'
import { addAbortListener } from 'node:events'
import type { Client } from 'ssh2'
import { GuildhallError } from '../../core/errors.ts'
import type { SshPlace } from './place.ts'

const connectMs = 10_000
const keepAliveMs = 5_000

/** A connection to a host that has the pinned key, and what was opened over it. */
export interface Connected<T> {
  readonly client: Client
  readonly opened: T
  /** What ended the connection. */
  readonly problem: () => Error | undefined
}

/** What is tried at a host. */
export interface Approach<T> {
  /** The private key. */
  readonly key: string
  /** What the host's owner has to do where it does not accept the key. */
  readonly advice: string
  readonly signal: AbortSignal
  /** Opens, over the connection, what the caller wants. */
  open(client: Client): Promise<T>
}

/** Connects to a host and checks its key against the pinned one; the caller ends the connection. */
export async function connect<T>(place: SshPlace, approach: Approach<T>): Promise<Connected<T>> {
  const { default: ssh2 } = await import('ssh2')
  approach.signal.throwIfAborted()
  const client = new ssh2.Client()
  const seen: { hostKey?: string; problem?: Error } = {}
  client.on('error', (error) => (seen.problem = error))
  const listener = addAbortListener(approach.signal, () => client.destroy())
  try {
    await ready(client, { place, key: approach.key, seen })
    return { client, opened: await untilClosed(client, approach.open(client)), problem: () => seen.problem }
  } catch (cause) {
    client.destroy()
    approach.signal.throwIfAborted()
    throw explain(place, { seenKey: seen.hostKey, advice: approach.advice, cause })
  } finally {
    listener[Symbol.dispose]()
  }
}

/** What does not answer any more, as the connection has ended, fails. */
async function untilClosed<T>(client: Client, work: Promise<T>): Promise<T> {
  const closed = new Promise<never>((_, reject) => {
    client.once('close', () => reject(new Error('the connection was closed')))
  })
  closed.catch(() => undefined)
  return Promise.race([work, closed])
}

interface Attempt {
  readonly place: SshPlace
  readonly key: string
  readonly seen: { hostKey?: string }
}

function ready(client: Client, { place, key, seen }: Attempt): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve).once('error', reject)
    client.once('close', () => reject(new Error('the connection was closed')))
    client.connect({
      host: place.host,
      port: place.port,
      username: place.user,
      privateKey: key,
      authHandler: ['publickey'],
      readyTimeout: connectMs,
      keepaliveInterval: keepAliveMs,
      keepaliveCountMax: 3,
      hostVerifier: (hostKey: Buffer) => {
        seen.hostKey = `SHA256:${createHash('sha256').update(hostKey).digest('base64').replace(/=+$/, '')}`
        return seen.hostKey === place.hostKey
      },
    })
  })
}

function explain(
  { host, port, user, hostKey }: SshPlace,
  { seenKey, advice, cause }: { seenKey: string | undefined; advice: string; cause: unknown },
): GuildhallError {
  const facts = { host, port }
  const place = `${user}@${host}:${port}`
  if (seenKey !== undefined && seenKey !== hostKey)
    return wrongHostKey(place, { seen: seenKey, pinned: hostKey, facts })
  const reason =
    typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause)
  if (/parse privateKey|Encrypted private/.test(reason)) {
    return new GuildhallError(
      'DESTINATION_OPTIONS_INVALID',
      `Cannot deliver to ${place}: the secret is not a private key without a passphrase`,
      { facts },
    )
  }
  if (reason.includes('authentication methods failed')) {
    const message = `Cannot deliver to ${place}: the host does not accept the key; ${advice}`
    return new GuildhallError('DELIVERY_REFUSED', message, { facts, cause })
  }
  return new GuildhallError('DESTINATION_UNREACHABLE', `Cannot reach ${place}: ${reason}; it is tried again`, {
    facts,
    cause,
  })
}

/** An error that says which key a host showed. */
export function wrongHostKey(
  place: string,
  { seen, pinned, facts }: { seen: string; pinned: string; facts: Readonly<Record<string, string | number>> },
): GuildhallError {
  const message = `Cannot deliver to ${place}: its host key is ${seen}, pinned is ${pinned}; change hostKey only if the host's owner confirms the new one`
  return new GuildhallError('DELIVERY_REFUSED', message, { facts })
}
