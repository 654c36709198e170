import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuildhallError } from '../../../core/errors.ts'

/** How something was refused: by which code, and for what. */
export interface Refusal {
  readonly code: string
  readonly file?: string | null | undefined
  readonly line?: number | null | undefined
  readonly column?: number | null | undefined
  /** What is said about a person who is left out of a file. */
  readonly reason?: unknown
}

/** A folder of its own, of which only `target` may change. */
export interface HostileWorld {
  readonly root: string
  readonly target: string
}

/** Offers an input to the product and tells how it was refused. */
type Offer = () => Promise<readonly Refusal[]>

/** One input that must be refused. */
export interface HostileInput {
  readonly name: string
  readonly refused: readonly Refusal[]
  /** Lays out in the world what the product will meet. */
  readonly prepare: (world: HostileWorld) => Promise<Offer>
}

/** Makes a world with a file in it that nobody may touch. */
export async function openHostileWorld(): Promise<HostileWorld & { close(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'guildhall-hostile-'))
  const target = join(root, 'target')
  await mkdir(target)
  await mkdir(join(root, 'elsewhere'))
  await writeFile(join(root, 'elsewhere', 'precious'), 'precious')
  return { root, target, close: () => rm(root, { recursive: true, force: true }) }
}

/** Everything in the world but what lies in the target, with its content and when it was written. */
export async function outsideOf({ root, target }: HostileWorld): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  const waiting = [root]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (path === target) continue
      found[path] = await describeEntry(path)
      if (entry.isDirectory()) waiting.push(path)
    }
  }
  return found
}

async function describeEntry(path: string): Promise<string> {
  const status = await lstat(path)
  const written = `${status.mode.toString(8)} ${status.mtimeMs}`
  if (status.isSymbolicLink()) return `${written} ${await readlink(path)}`
  if (!status.isFile()) return written
  const digest = createHash('sha256').update(await readFile(path))
  return `${written} ${digest.digest('hex')}`
}

/** Milliseconds of computing that this process and the processes that it started and that ended have taken. */
export function computingMs(): number {
  const { user, system } = process.cpuUsage()
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? []
  const [childrenUser = Number.NaN, childrenSystem = Number.NaN] = fields.slice(13, 15).map(Number)
  const clockTickMs = 10
  return (user + system) / 1000 + (childrenUser + childrenSystem) * clockTickMs
}

/** The code that something failed with; nothing when it went through. */
export async function refusalOf(work: () => unknown): Promise<readonly Refusal[]> {
  try {
    await work()
    return []
  } catch (error) {
    if (error instanceof GuildhallError) return [{ code: error.code }]
    throw error
  }
}

/** An input that needs nothing laid out, refused with one code. */
export function failing(name: string, code: string, work: (world: HostileWorld) => unknown): HostileInput {
  return { name, refused: [{ code }], prepare: async (world) => async () => refusalOf(() => work(world)) }
}

/** Shows a text on one short line. */
export function shown(text: string): string {
  return text.length > 60 ? `${JSON.stringify(text.slice(0, 20))}… of ${text.length}` : JSON.stringify(text)
}
