import type { Configuration } from '../activities/configuration.ts'
import { openMirror, type Mirror } from '../connectors/config-repo/mirror.ts'
import { surroundingsFor } from '../connectors/config-repo/validate-folder.ts'
import { destinationOptions, generatorOptions } from '../connectors/registry.ts'
import type { SecretReference } from '../connectors/secrets.ts'
import { desire } from '../core/config/desire.ts'
import type { Desired } from '../core/model/state.ts'

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
  })
  let last: { readonly commit: string; readonly desired: Promise<Desired> } | undefined
  let references: readonly SecretReference[] = []
  const load = async (commit: string): Promise<Desired> => {
    const desired = desire(await mirror.readCommit(commit), surroundings)
    references = secretsOf(desired)
    return desired
  }
  return {
    mirror,
    compileSchema: surroundings.compileSchema,
    fetchHead: () => mirror.fetch(),
    isAncestor: (older, newer) => mirror.isAncestor(older, newer),
    read: async (commit) => {
      if (last?.commit === commit) return last.desired
      const desired = load(commit)
      last = { commit, desired }
      // What failed is not kept.
      desired.catch(() => (last = undefined))
      return desired
    },
    secretReferences: () => references,
  }
}

function secretsOf({ objects }: Desired): SecretReference[] {
  return objects.flatMap(({ kind, vo, name, spec }) => {
    const document = vo === undefined ? name : `${vo}/${name}`
    return secretNamesIn(spec).map((secret) => ({ kind, document, name: secret }))
  })
}

function secretNamesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('secret' in value && typeof value.secret === 'string') return [value.secret]
  return Object.values(value).flatMap((part: unknown) => secretNamesIn(part))
}
