import { createSecrets, type SecretReference } from '../connectors/secrets.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import type { WorkerConfig } from './config.ts'
import type { OpenConfiguration } from './configuration.ts'
import type { Env } from './embedded/temporal-binary.ts'

interface Dependencies {
  readonly config: Pick<WorkerConfig, 'secrets'>
  readonly configuration: Pick<OpenConfiguration, 'secretReferences'>
  readonly pool: Pool
  readonly store: Pick<typeof storeModule, 'listOutsideSpecs'>
}

/** Looks secrets up; a variable counts as shared where the commit read last or a document in force says so. */
export function openSecrets(
  { config, configuration, pool, store }: Dependencies,
  env: Env,
): (reference: SecretReference) => Promise<string> {
  return createSecrets({
    folder: config.secrets,
    variables: env,
    references: async () => {
      const inForce = secretsOf(await store.listOutsideSpecs(pool))
      return [...configuration.secretReferences(), ...inForce]
    },
  })
}

interface Document {
  readonly kind: string
  readonly vo?: string | undefined
  readonly name: string
  readonly spec: unknown
}

/** Lists every secret that documents name. */
export function secretsOf(documents: readonly Document[]): SecretReference[] {
  return documents.flatMap(({ kind, vo, name, spec }) => {
    const document = vo === undefined ? name : `${vo}/${name}`
    return secretNamesIn(spec).map((secret) => ({ kind, document, name: secret }))
  })
}

function secretNamesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('secret' in value && typeof value.secret === 'string') return [value.secret]
  return Object.values(value).flatMap((part: unknown) => secretNamesIn(part))
}
