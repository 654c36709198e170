import { createHash } from 'node:crypto'
import { addAbortListener } from 'node:events'
import type { Client, ClientChannel } from 'ssh2'
import { GuildhallError } from '../../../core/errors.ts'
import type { Channel } from './channel.ts'
import type { SshOptions } from './options.ts'

/** The constant remote command; the host's forced command stands for it, and nothing of ours is ever part of it. */
const command = 'guildhall-receiver'
const connectMs = 10_000
const keepAliveMs = 5_000

/** Connects to the host, checks its key against the pinned one, and starts the receiver. */
export async function openReceiver(options: SshOptions, key: string, signal: AbortSignal): Promise<Channel> {
  const { default: ssh2 } = await import('ssh2')
  signal.throwIfAborted()
  const client = new ssh2.Client()
  const seen: { hostKey?: string; problem?: Error } = {}
  client.on('error', (error) => (seen.problem = error))
  const listener = addAbortListener(signal, () => client.destroy())
  try {
    await connected(client, { options, key, seen })
    return channelOf(client, await started(client), seen)
  } catch (cause) {
    client.destroy()
    signal.throwIfAborted()
    throw explain(options, seen.hostKey, cause)
  } finally {
    listener[Symbol.dispose]()
  }
}

interface Attempt {
  readonly options: SshOptions
  readonly key: string
  readonly seen: { hostKey?: string }
}

function connected(client: Client, { options, key, seen }: Attempt): Promise<void> {
  const { promise, resolve, reject } = pending()
  client.once('ready', resolve).once('error', reject)
  client.once('close', () => reject(new Error('the connection was closed')))
  client.connect({
    host: options.host,
    port: options.port,
    username: options.user,
    privateKey: key,
    authHandler: ['publickey'],
    readyTimeout: connectMs,
    keepaliveInterval: keepAliveMs,
    keepaliveCountMax: 3,
    hostVerifier: (hostKey: Buffer) => {
      seen.hostKey = `SHA256:${createHash('sha256').update(hostKey).digest('base64').replace(/=+$/, '')}`
      return seen.hostKey === options.hostKey
    },
  })
  return promise
}

function started(client: Client): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.once('close', () => reject(new Error('the connection was closed')))
    client.exec(command, (error, stream) => (error === undefined ? resolve(stream) : reject(error)))
  })
}

function channelOf(client: Client, stream: ClientChannel, seen: { readonly problem?: Error }): Channel {
  let complaint = ''
  stream.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 1_000) complaint += chunk.toString('utf8')
  })
  stream.on('error', () => undefined)
  client.once('close', () => stream.destroy())
  return {
    input: stream,
    output: stream,
    complaint: () => seen.problem?.message ?? complaint,
    close: () => void client.destroy(),
  }
}

function pending(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve: () => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

function explain(
  { host, port, user, hostKey }: SshOptions,
  seenKey: string | undefined,
  cause: unknown,
): GuildhallError {
  const facts = { host, port }
  const place = `${user}@${host}:${port}`
  if (seenKey !== undefined && seenKey !== hostKey) {
    const message = `Cannot deliver to ${place}: its host key is ${seenKey}, pinned is ${hostKey}; change hostKey only if the host's owner confirms the new one`
    return new GuildhallError('DELIVERY_REFUSED', message, { facts, cause })
  }
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
    const message = `Cannot deliver to ${place}: the host does not accept the key; add its public half to authorized_keys with the forced command`
    return new GuildhallError('DELIVERY_REFUSED', message, { facts, cause })
  }
  return new GuildhallError('DESTINATION_UNREACHABLE', `Cannot reach ${place}: ${reason}; it is tried again`, {
    facts,
    cause,
  })
}
