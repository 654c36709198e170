import { connect, createServer } from 'node:net'

/** The wanted port when nobody listens on it, else a free one; never one of `taken`. */
export async function choosePort(wanted: number | undefined, taken: readonly number[] = []): Promise<number> {
  if (wanted !== undefined && !taken.includes(wanted) && (await listenOnce(wanted)) !== undefined) return wanted
  for (;;) {
    const port = await listenOnce(0)
    if (port !== undefined && !taken.includes(port)) return port
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
