import { dryRun, type DryRun } from '../activities/dry-run.ts'
import { destinationTypes } from '../connectors/registry.ts'
import { parseJson } from '../core/model/parse-json.ts'
import * as store from '../store/index.ts'
import { readConfig } from './config.ts'
import { openConfiguration } from './configuration.ts'
import { destinationEnvironment, gitEnvironment } from './dependencies.ts'
import { openSecrets } from './secrets.ts'

/**
 * What `guildhall deliveries dry-run` runs: where the database is comes by DATABASE_URL, which deliveries are meant by
 * GUILDHALL_DRY_RUN, and how each destination differs from the newest snapshot goes to standard output.
 */
const config = readConfig(process.env, process.cwd())
const pool = store.openPool(config.databaseUrl ?? '')
const configuration = openConfiguration({
  url: config.configRepo ?? `${config.home}/config-repo`,
  branch: config.branch ?? 'main',
  folder: `${config.home}/mirror.git`,
  allowsFiles: true,
  environment: gitEnvironment(process.env),
})
const secrets = openSecrets({ config, configuration, pool, store }, process.env)
const stopping = new AbortController()
process.on('SIGTERM', () => stopping.abort())
const patienceMs = 60_000

try {
  const environment = destinationEnvironment(config, secrets)
  const readFile: typeof configuration.readFile = async (commit, path) => configuration.readFile(commit, path)
  const found: DryRun[] = []
  for (const key of keysIn(process.env['GUILDHALL_DRY_RUN'] ?? '[]')) {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(patienceMs)])
    found.push(await dryRun({ pool, store, destinationTypes, environment, readFile }, key, signal))
  }
  process.stdout.write(JSON.stringify(found))
} finally {
  await pool.end()
}

function keysIn(text: string): store.DeliveryKey[] {
  const parsed: unknown = parseJson(text)
  return Array.isArray(parsed) ? parsed.filter(isKey) : []
}

function isKey(one: unknown): one is store.DeliveryKey {
  if (typeof one !== 'object' || one === null) return false
  const names: Readonly<Record<string, unknown>> = { ...one }
  return ['facility', 'service', 'destination'].every((name) => typeof names[name] === 'string')
}
