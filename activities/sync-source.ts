import type { Source, SourceEnvironment, SourceType } from '../connectors/source.ts'
import type { Surroundings } from '../core/config/catalog.ts'
import { GuildhallError } from '../core/errors.ts'
import type { RunnableSync } from '../store/index.ts'
import type { Reached } from './crash-point.ts'
import { hashOfFile, type ReadConfigFile } from './keep-syncs.ts'

/** What a run may use to reach its source. */
export interface Connected {
  readonly sourceTypes: ReadonlyMap<string, SourceType>
  /** What the sources of this process may use; a secret is looked up for its Source document. */
  readonly environment: Pick<SourceEnvironment, 'allowedPrivate' | 'in'>
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
    throwIfAway: () => {
      if (away !== undefined) throw away.error
    },
  }
}

/** A source that is ready to be read. */
export interface OpenSource {
  readonly source: Source
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
  return { source: found.create(options, surroundings), login: found.login }
}

/** Thrown where a commit changed what is synced while the source was read, or another attempt of the run has ended meanwhile. */
export const outdated = new Error('The sync is another one by now')
