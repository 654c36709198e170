import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections: one of those could be taken while a server is down. */
const lowest = 20_000
const highest = 32_000

/** The wanted port when nobody listens on it, else a free one; never one of `taken`. */
export async function choosePort(wanted: number | undefined, taken: readonly number[] = []): Promise<number> {
  if (wanted !== undefined && !taken.includes(wanted) && (await listenOnce(wanted)) !== undefined) return wanted
  for (;;) {
    const port = randomInt(lowest, highest)
    if (!taken.includes(port) && (await listenOnce(port)) !== undefined) return port
  }
}

/** Tells whether somebody accepts connections on that port of this machine. */
export async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 })
    const settle = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
}

async function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}
