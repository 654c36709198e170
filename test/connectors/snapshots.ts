import { createHash } from 'node:crypto'
import type { DeliveryContext, Snapshot } from '../../connectors/destination.ts'

interface Parts {
  readonly generation: number
  readonly files: Readonly<Record<string, string | Buffer>>
  readonly facility?: string
  readonly service?: string
}

/** A snapshot held in memory. */
export function snapshotOf({ generation, files, facility = 'hpc', service = 'passwd' }: Parts): Snapshot {
  const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]))
  const hash = createHash('sha256')
  for (const [path, content] of contents) hash.update(`${path} ${content.length}\n`).update(content)
  return {
    ...{ facility, service, generation, hash: hash.digest('hex') },
    files: [...contents].map(([path, content]) => ({ path, size: content.length })),
    async *read(path) {
      const content = contents.get(path) ?? Buffer.alloc(0)
      for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
    },
  }
}

/** What a delivery is given; `reached` can be replaced to stop it there. */
export function contextOf(overrides: Partial<DeliveryContext> = {}): DeliveryContext {
  return { signal: new AbortController().signal, reached: () => undefined, ...overrides }
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
