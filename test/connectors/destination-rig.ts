import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Destination, DestinationEnvironment, Snapshot } from '../../connectors/destination.ts'

/** A destination under test, and the folder that `<service>/<file>` is found below. */
export interface Rig {
  readonly destination: Destination
  readonly folder: string
}

/** What a destination may use in a test: nothing, where nothing else is said. */
export function destinationEnvironment(overrides: Partial<DestinationEnvironment> = {}): DestinationEnvironment {
  const none = (what: string): Promise<never> => Promise.reject(new Error(`this test has no ${what}`))
  return {
    out: '/nonexistent',
    destination: 'login1',
    configFile: (path) => none(`file ${path}`),
    secret: (name) => none(`secret ${name}`),
    allowedPrivate: [],
    now: Date.now,
    ...overrides,
  }
}

/** Everything below a folder but our own bookkeeping. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const found: Record<string, string> = {}
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1)
    if (!entry.isDirectory() && !path.includes('.guildhall')) found[path] = await readFile(join(folder, path), 'utf8')
  }
  return found
}

/** Deliveries that left something behind in our own folder. */
export async function leftovers(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'passwd/.guildhall'))
  return names.filter((name) => name !== 'token' && name !== 'token.json' && name !== 'lock')
}

export interface Pause {
  readonly snapshot: Snapshot
  readonly reading: Promise<void>
  resume(): void
}

/** A snapshot whose last file's bytes come only after `resume`, however often it is read. */
export function pausable(snapshot: Snapshot): Pause {
  let begun: () => void = () => undefined
  let resume: () => void = () => undefined
  const reading = new Promise<void>((resolve) => (begun = resolve))
  const gate = new Promise<void>((resolve) => (resume = resolve))
  const read = async function* (path: string): AsyncGenerator<Uint8Array> {
    begun()
    await gate
    yield* snapshot.read(path)
  }
  return { snapshot: { ...snapshot, read }, reading, resume: () => resume() }
}

/** Tells whether a delivery was refused because something newer is there. */
export function isFenced(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'FENCED'
}
