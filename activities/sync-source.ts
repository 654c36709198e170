import type { ReadContext, ReadEnd, Source, SourceEnvironment, SourceRecord, SourceType } from '../connectors/source.ts'
import { after } from '../core/applications/deadlines.ts'
import type { Surroundings } from '../core/config/catalog.ts'
import { GuildhallError } from '../core/errors.ts'
import type * as storeModule from '../store/index.ts'
import type { RunnableSync, RunsAsked, Tx } from '../store/index.ts'
import { placeOf } from '../core/model/sync-place.ts'
import type { Reached } from './crash-point.ts'
import { hashOfFile, type ReadConfigFile } from './keep-syncs.ts'

/** What a run may use to reach its source. */
export interface Connected {
  readonly sourceTypes: ReadonlyMap<string, SourceType>
  /** What the sources of this process may use; a secret is looked up for its Source document. */
  readonly environment: Pick<SourceEnvironment, 'allowedPrivate' | 'bodyCache' | 'in'>
  readonly secret: (source: string, name: string) => Promise<string>
  readonly readFile: ReadConfigFile
  /** Compiles the JSON Schemas of attributes. */
  readonly compileSchema: Surroundings['compileSchema']
  readonly reached: Reached
}

/** The files of the configuration repository that a run reads. */
export interface ConfigFiles {
  readonly read: (path: string) => Promise<Uint8Array>
  /** What was read, as it is noted. */
  list(): { readonly path: string; readonly hash: string }[]
  /** Tells whether another commit has the same files. */
  areSameAt(commit: string): Promise<boolean>
  /** Fails as the repository did where it is away: no source can help that. */
  throwIfAway(): void
}

/** The files of a commit. */
export function filesOf({ readFile }: Pick<Connected, 'readFile'>, commit: string): ConfigFiles {
  const hashes = new Map<string, string>()
  let away: { readonly error: unknown } | undefined
  return {
    read: async (path) => {
      const bytes = await readFile(commit, path).catch((error: unknown) => {
        away = { error }
        throw error
      })
      hashes.set(path, hashOfFile(bytes))
      if (bytes !== undefined) return bytes
      throw new GuildhallError(
        'SOURCE_UNREACHABLE',
        `Cannot read "${path}": commit ${commit.slice(0, 12)} of the configuration repository has no such file; add it, or correct the path`,
        { facts: { path, commit } },
      )
    },
    list: () => [...hashes].map(([path, hash]) => ({ path, hash })),
    areSameAt: async (other) => {
      if (other === commit) return true
      for (const [path, hash] of hashes) {
        if (hashOfFile(await readFile(other, path)) !== hash) return false
      }
      return true
    },
    throwIfAway: () => {
      if (away !== undefined) throw away.error
    },
  }
}

/** What a source gives, page by page. */
export type Pages = AsyncGenerator<readonly SourceRecord[], ReadEnd>

/** A source that is ready to be read. */
export interface OpenSource {
  /** Reads it to the end, for as long as its document lets a read take. */
  readonly pages: (select: string | undefined, context: ReadContext) => Pages
  /** The template of the login where its document has none. */
  readonly login: string
}

/** Makes the source of a sync; it fails where there is no such type, or its options do not do. */
export function openSource(
  { sourceTypes, environment, secret }: Pick<Connected, 'environment' | 'secret' | 'sourceTypes'>,
  { source: name, from }: Pick<RunnableSync, 'from' | 'source'>,
  configFile: ConfigFiles['read'],
): OpenSource {
  const { type, options = {} } = from
  const found = sourceTypes.get(type)
  if (found === undefined)
    throw new GuildhallError(
      'SOURCE_OPTIONS_INVALID',
      `Cannot read source "${name}": there is no type of source "${type}"; use one of ${[...sourceTypes.keys()].join(', ')}`,
    )
  const surroundings = { ...environment, configFile, secret: async (key: string) => secret(name, key) }
  const source = found.create(options, surroundings)
  const limits = { name, within: from.readWithin ?? usualLimit }
  return { pages: (select, { signal }) => readWithin(source, { ...limits, select, signal }), login: found.login }
}

/** Of one read: nobody waits longer for what is as good as stuck. */
const usualLimit = 'P1D'

interface Limited extends ReadContext {
  readonly name: string
  readonly within: string
  readonly select: string | undefined
}

async function* readWithin(source: Source, { name, within, select, signal }: Limited): Pages {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooLong(name, within)), after(new Date(0), within).getTime()).unref()
  try {
    return yield* source.subjects(select, { signal: AbortSignal.any([signal, late.signal]) })
  } finally {
    clearTimeout(timer)
  }
}

function tooLong(source: string, within: string): GuildhallError {
  return new GuildhallError(
    'SOURCE_UNREACHABLE',
    `Cannot read source "${source}": it did not come to its end within ${within}; select less, or give it more time by \`readWithin\``,
    { facts: { source, within } },
  )
}

/** Thrown where what is synced, or whether it may be, is not what it was when the source was read, or another attempt has ended meanwhile. */
export const outdated = new Error('The sync is another one by now')

interface Confirming {
  readonly store: Pick<typeof storeModule, 'listEndedRuns' | 'readSync'>
  readonly sync: RunnableSync
  readonly signal: AbortSignal
  readonly files: ConfigFiles
  /** Which run it is. */
  readonly asked: RunsAsked
}

/**
 * Lets a run write, where nobody else can, only what still counts. Whoever stops the run, or keeps it from the repository, is not the
 * source; and what was read for other documents, from files that are others by now, or is frozen, is thrown away.
 */
export async function confirmRead(tx: Tx, { store, sync, signal, files, asked }: Confirming): Promise<void> {
  signal.throwIfAborted()
  files.throwIfAway()
  const now = await store.readSync(tx, placeOf(sync))
  if (now?.hash !== sync.hash || now.isFrozen || !(await files.areSameAt(now.commit))) throw outdated
  // An attempt that was given up may have gone on, and ended before this one.
  if ((await store.listEndedRuns(tx, asked)).length > 0) throw outdated
}
