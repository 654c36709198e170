import { readFile, readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** What a reader of the delivered files has seen while a run went on. */
export interface Sightings {
  /** Every content seen, by file, without its generation. */
  readonly contents: ReadonlyMap<string, ReadonlySet<string>>
  /** What no reader may see. */
  readonly faults: readonly string[]
}

export interface Watch {
  stop(): Promise<Sightings>
}

/** Reads everything below the folder again and again, as the programs on the far side do. */
export function watchFiles(folder: string): Watch {
  const contents = new Map<string, Set<string>>()
  const installs = new Map<string, { readonly generation: number; readonly install: string }>()
  const faults = new Set<string>()
  const state = { isStopping: false }
  const look = async () => {
    while (!state.isStopping) {
      for (const file of await filesBelow(folder)) await note(file)
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
  }
  const note = async (file: string) => {
    const name = relative(folder, file)
    const seen = await readWhole(file)
    if (seen === undefined) return
    if (name.endsWith('.guildhall/token.json')) noteToken(name, seen)
    if (name.includes('.guildhall/')) return
    const known = contents.get(name) ?? new Set<string>()
    contents.set(name, known.add(withoutGeneration(seen.text)))
  }
  const noteToken = (name: string, { text, install }: Seen) => {
    const generation = Number(/"generation":(\d+)/.exec(text)?.[1] ?? Number.NaN)
    const before = installs.get(name)
    if (Number.isNaN(generation)) faults.add(`${name} is torn: ${text.slice(0, 80)}`)
    if (before !== undefined && generation < before.generation)
      faults.add(`${name} went back from generation ${before.generation} to ${generation}`)
    if (before?.generation === generation && before.install !== install)
      faults.add(`${name}: generation ${generation} was installed twice`)
    installs.set(name, { generation, install })
  }
  const over = look()
  return {
    stop: async () => {
      state.isStopping = true
      await over
      return { contents, faults: [...faults] }
    },
  }
}

interface Seen {
  readonly text: string
  /** Tells one writing of the file from the next. */
  readonly install: string
}

/** Undefined for a file that went away, or was replaced between the two looks at it. */
async function readWhole(file: string): Promise<Seen | undefined> {
  try {
    const before = await stat(file)
    const text = await readFile(file, 'utf8')
    const after = await stat(file)
    return before.ino === after.ino ? { text, install: `${after.ino} ${after.mtimeMs}` } : undefined
  } catch {
    return undefined
  }
}

/** Every file below a folder, sorted; none where the folder is not there. */
export async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  } catch {
    return []
  }
}

/** Runs may count differently; everything else has to be the same. */
export function withoutGeneration(text: string): string {
  return text.replace(/"generation":\s*\d+/g, '"generation":0')
}
