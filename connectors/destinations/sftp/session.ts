import { addAbortListener } from 'node:events'
import type { SFTPWrapper } from 'ssh2'
import { GuildhallError } from '../../../core/errors.ts'
import { said } from '../../said.ts'
import { connect } from '../../ssh/connect.ts'
import type { SftpOptions } from './options.ts'
import { createRequests, isUnsupported, statusOf, type Requests } from './requests.ts'

const advice = 'add its public half to authorized_keys, with `internal-sftp` as the forced command'

/** What a session works for. */
export interface Visit {
  readonly options: SftpOptions
  /** The private key. */
  readonly key: string
  readonly signal: AbortSignal
}

/** Works over one connection and ends it; what goes wrong is told in the words of a delivery. */
export async function visit<T>({ options, key, signal }: Visit, work: (requests: Requests) => Promise<T>): Promise<T> {
  const open = (client: { sftp(done: (error: Error | undefined, sftp: SFTPWrapper) => void): void }) =>
    new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error)))
    })
  const connected = await connect(options.place, { key, advice, signal, open })
  const requests = createRequests(connected)
  const listener = addAbortListener(signal, () => connected.client.destroy())
  try {
    return await work(requests)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof GuildhallError) throw error
    throw explain(error, options, requests)
  } finally {
    listener[Symbol.dispose]()
    connected.client.destroy()
  }
}

function explain(cause: unknown, { place, path }: SftpOptions, requests: Requests): unknown {
  const { host, port, user } = place
  const where = `${user}@${host}:${port}`
  const facts = { host, port }
  if (isUnsupported(cause)) {
    const message = `Cannot deliver to ${where}: its SFTP server does not offer posix-rename@openssh.com, which puts a file in place at once; use one that does, such as OpenSSH's`
    return new GuildhallError('DELIVERY_REFUSED', message, { facts, cause })
  }
  if (requests.isClosed()) {
    const reason = cause instanceof Error ? said(cause.message) : 'the connection was closed'
    const message = `Cannot deliver to ${where}: the connection ended (${reason}); it is tried again`
    return new GuildhallError('DESTINATION_UNREACHABLE', message, { facts, cause })
  }
  if (statusOf(cause) === undefined || !(cause instanceof Error)) return cause
  const message = `Cannot deliver to ${where}: the server refuses to write below "${path}" (${said(cause.message)}); see to space, rights and mounts there`
  return new GuildhallError('DELIVERY_REFUSED', message, { facts, cause })
}
