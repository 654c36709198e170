import { previewRun } from '../activities/sync-preview.ts'
import { sourceTypes } from '../connectors/registry.ts'
import { GuildhallError } from '../core/errors.ts'
import { count } from '../core/model/count.ts'
import { parseJson } from '../core/model/parse-json.ts'
import * as store from '../store/index.ts'
import { syncId, type SyncedPlace } from '../core/model/sync-place.ts'
import { readConfig } from './config.ts'
import { openConfiguration } from './configuration.ts'
import { gitEnvironment } from './dependencies.ts'
import { openSecrets } from './secrets.ts'

/**
 * What `guildhall sync preview` runs: where the database is comes by DATABASE_URL, which syncs are meant by GUILDHALL_PREVIEW, and
 * what would come of each, or why that cannot be told, goes to standard output; how far it is to standard error, for who looks there.
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

try {
  const previews = []
  for (const place of placesIn(process.env['GUILDHALL_PREVIEW'] ?? '[]')) {
    const found = await previewRun(
      {
        ...{ pool, store, sourceTypes, compileSchema: configuration.compileSchema },
        environment: { in: config.in, allowedPrivate: config.allowedPrivate },
        secret: async (source, name) => secrets({ kind: 'Source', document: source, name }),
        readFile: async (commit, path) => configuration.readFile(commit, path),
      },
      place,
      { now: new Date(), signal: stopping.signal, report: progressOf(place) },
    )
    for (const { result, ...preview } of found) {
      const error = result.error === undefined ? {} : { error: result.error.message }
      previews.push({ ...place, ...preview, result: { ...result, ...error } })
    }
  }
  process.stdout.write(JSON.stringify({ previews }))
} catch (error) {
  if (!(error instanceof GuildhallError)) throw error
  process.stdout.write(JSON.stringify({ error: { code: error.code, message: error.message } }))
} finally {
  await pool.end()
}

/** At most once a second. */
function progressOf(place: SyncedPlace): (read: number) => void {
  let shownAt = Date.now()
  return (read) => {
    if (Date.now() - shownAt < 1_000) return
    shownAt = Date.now()
    process.stderr.write(`${syncId(place).slice('sync/'.length)}: ${count(read, 'record')} read …\n`)
  }
}

function placesIn(text: string): readonly SyncedPlace[] {
  const parsed: unknown = parseJson(text)
  return Array.isArray(parsed) ? parsed.flatMap((one: unknown) => placeIn(one)) : []
}

function placeIn(one: unknown): SyncedPlace[] {
  if (typeof one !== 'object' || one === null) return []
  const { source, vo, group }: Readonly<Record<string, unknown>> = { ...one }
  if (typeof source !== 'string' || typeof vo !== 'string') return []
  return [{ source, vo, ...(typeof group === 'string' ? { group } : {}) }]
}
