import { connect, createServer } from 'node:net'

/** A way in to servers of this machine, which counts who is in. */
export interface Door {
  readonly port: number
  /** Lets nobody else in; who is in stays. */
  readonly stop: () => void
  /** Lets nobody else in, and cuts off who is in. */
  readonly cut: () => void
  readonly inside: () => number
}

/** Where a visitor is led. */
export interface Way {
  readonly port: number
  /** In bytes; who asks for more is cut off. */
  readonly cutAfter?: number
  /** What the visitor gets to see in the place of what is answered; with nothing, it is cut off. */
  readonly seen?: (answered: Buffer) => Buffer | undefined
}

/** Opens a door on a port of its own; `wayOf` leads each visitor on, and the first is number 1. */
export async function openDoor(wayOf: (visitor: number) => Way): Promise<Door> {
  let visitors = 0
  const inside = new Set<() => void>()
  const server = createServer((near) => {
    visitors += 1
    const { port, cutAfter = Infinity, seen } = wayOf(visitors)
    const far = connect(port, '127.0.0.1')
    let asked = 0
    const cut = (): void => void (near.destroy(), far.destroy())
    inside.add(cut)
    near.on('error', cut).on('close', () => (cut(), inside.delete(cut)))
    far.on('error', cut).on('close', cut)
    near.on('data', (chunk: Buffer) => {
      asked += chunk.length
      if (asked > cutAfter) cut()
      else far.write(chunk)
    })
    if (seen === undefined) return void far.pipe(near)
    far.on('data', (chunk: Buffer) => {
      const shown = seen(chunk)
      if (shown === undefined) cut()
      else near.write(shown)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const stop = (): void => void server.close()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stop,
    cut: () => {
      stop()
      for (const cut of inside) cut()
    },
    inside: () => inside.size,
  }
}
