import { once } from 'node:events'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { LdapConnection } from './connection.ts'
import { LdapFailure } from './failure.ts'
import { Wire } from './wire.ts'

const connectMs = 10_000

/** Where a directory is, and how the way to it is kept private. */
export interface LdapServer {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'startTls' | 'none'
  /** In PEM, the authorities that vouch for it; without, those that Node knows. */
  readonly ca?: string
  /** How long it may say nothing while it is asked something. */
  readonly silentMs: number
}

/** Connects, and encrypts before anything is said; once aborted, whatever is asked fails. */
export async function openLdap(server: LdapServer, signal: AbortSignal): Promise<LdapConnection> {
  signal.throwIfAborted()
  const opening = AbortSignal.any([signal, AbortSignal.timeout(connectMs)])
  try {
    const wire = await openWire(server, opening)
    wire.obey(signal)
    return new LdapConnection(wire)
  } catch (cause) {
    signal.throwIfAborted()
    throw cause instanceof LdapFailure ? cause : new LdapFailure('unreachable', reasonOf(cause, opening), { cause })
  }
}

async function openWire(server: LdapServer, opening: AbortSignal): Promise<Wire> {
  const { host, port, security, silentMs } = server
  const socket = await connected(connect({ host, port }), 'connect', opening)
  if (security === 'none') return new Wire(socket, silentMs)
  const raw = security === 'tls' ? socket : await afterStartTls(new Wire(socket, silentMs), opening)
  const tls = connectTls({ socket: raw, host, servername: isIP(host) === 0 ? host : '', ca: server.ca })
  return new Wire(await connected(tls, 'secureConnect', opening), silentMs)
}

async function afterStartTls(wire: Wire, opening: AbortSignal): Promise<Socket> {
  wire.obey(opening)
  try {
    await new LdapConnection(wire).startTls()
    return wire.release()
  } catch (error) {
    wire.destroy()
    throw error
  }
}

async function connected<Kind extends Socket>(socket: Kind, event: string, opening: AbortSignal): Promise<Kind> {
  try {
    await once(socket, event, { signal: opening })
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw error
  }
}

function reasonOf(cause: unknown, opening: AbortSignal): string {
  if (opening.aborted) return `no connection within ${connectMs / 1000} s`
  const reason = cause instanceof Error ? cause.message : String(cause)
  return /certificate/i.test(reason) ? `${reason}; name the authorities that vouch for the server in ca` : reason
}
