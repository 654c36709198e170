import type { SFTPWrapper } from 'ssh2'
import type { Connected } from '../../ssh/connect.ts'

/** Sends one request; how the server answers it is told to `done`. */
type Send<T> = (sftp: SFTPWrapper, done: (error: Error | null | undefined, value?: T) => void) => void

/** Requests over one connection. */
export interface Requests {
  /** The answer that has a value. */
  readonly ask: <T>(send: Send<T>) => Promise<T>
  /** The answer that has none. */
  readonly tell: (send: Send<never>) => Promise<void>
  readonly isClosed: () => boolean
}

/** Makes requests that fail, instead of waiting for ever, once the connection has ended. */
export function createRequests({ client, opened: sftp, problem }: Connected<SFTPWrapper>): Requests {
  const waiting = new Set<(error: Error) => void>()
  let isClosed = false
  const end = (): void => {
    isClosed = true
    for (const reject of waiting) reject(lost())
    waiting.clear()
  }
  const lost = (): Error => problem() ?? new Error('the connection was closed')
  client.once('close', end)
  sftp.once('close', end).on('error', () => void client.destroy())
  const request = <T>(send: Send<T>): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      if (isClosed) {
        reject(lost())
        return
      }
      waiting.add(reject)
      send(sftp, (error, value) => {
        waiting.delete(reject)
        if (error instanceof Error) reject(error)
        else resolve(value)
      })
    })
  return {
    async ask(send) {
      const value = await request(send)
      if (value === undefined) throw new Error('the server answered nothing')
      return value
    },
    async tell(send) {
      await request(send)
    },
    isClosed: () => isClosed,
  }
}

/** What a server answers to a request that it cannot fulfil: `status` as in the protocol, version 3. */
export function statusOf(error: unknown): number | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}

/** The status for a file or folder that is not there. */
export const noSuchFile = 2

/** The status for what has none of its own. */
export const failure = 4

/** Tells whether a request needs an extension that the server does not offer. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Server does not support this extended request')
}
