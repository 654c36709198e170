import type { Configuration } from '../activities/configuration.ts'
import { draftPatch } from '../connectors/config-repo/draft-patch.ts'
import { openMirror, type Mirror } from '../connectors/config-repo/mirror.ts'
import { surroundingsFor } from '../connectors/config-repo/validate-folder.ts'
import { destinationOptions, generatorOptions, sourceOptions } from '../connectors/registry.ts'
import type { SecretReference } from '../connectors/secrets.ts'
import { desire } from '../core/config/desire.ts'
import type { Desired } from '../core/model/state.ts'
import { secretsOf } from './secrets.ts'

/** The configuration repository as the process uses it. */
export interface OpenConfiguration extends Configuration {
  readonly mirror: Mirror
  readonly compileSchema: ReturnType<typeof surroundingsFor>['compileSchema']
  /** Every secret that the commit read last names. */
  secretReferences(): readonly SecretReference[]
}

interface Options {
  readonly url: string
  readonly branch: string
  readonly folder: string
  readonly allowsFiles: boolean
  readonly environment: Parameters<typeof openMirror>[0]['environment']
}

/** Opens the mirror of a repository; what the commit read last asks for is kept. */
export function openConfiguration(options: Options): OpenConfiguration {
  const mirror = openMirror(options)
  const surroundings = surroundingsFor({
    generatorOptions,
    destinationOptions,
    sourceOptions,
  })
  let last: { readonly commit: string; readonly desired: Promise<Desired> } | undefined
  let references: readonly SecretReference[] = []
  const load = async (commit: string): Promise<Desired> => {
    const desired = desire(await mirror.readCommit(commit), surroundings)
    references = secretsOf(desired.objects)
    return desired
  }
  return {
    mirror,
    compileSchema: surroundings.compileSchema,
    fetchHead: (signal) => mirror.fetch(signal),
    isAncestor: (older, newer) => mirror.isAncestor(older, newer),
    read: async (commit) => {
      if (last?.commit === commit) return last.desired
      const desired = load(commit)
      last = { commit, desired }
      // What failed is not kept.
      desired.catch(() => (last = undefined))
      return desired
    },
    readFile: (commit, path) => mirror.readFile(commit, path),
    draftPatch: (commit, members) => draftPatch((file) => mirror.readText(commit, file), members),
    secretReferences: () => references,
  }
}
