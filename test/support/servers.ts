import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import pg from 'pg'
import { startPostgres, stopLeftPostgres, type Postgres } from '../../worker/embedded/postgres.ts'
import { isAlive, readIfThere } from '../../worker/embedded/processes.ts'
import { startTemporal, stopLeftTemporal } from '../../worker/embedded/temporal.ts'
import { endLeaks } from './leaks.ts'
import { isObject } from '../../worker/embedded/json.ts'

export const templateDatabase = 'guildhall_template'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, 'node_modules', '.cache', 'guildhall-test')
const quiet = { info: () => undefined, warn: () => undefined }
/** What the tests write is thrown away, so nothing has to survive a crash of the machine. */
const unsafe = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }

/** Starts one PostgreSQL with a migrated template, one Temporal server and one workflow bundle for the whole run. */
export async function startTestServers(): Promise<{ stop(): Promise<void> }> {
  await stopServersOfKilledRuns()
  const home = mkdtempSync(join(folderForData(), 'guildhall-test-'))
  chmodSync(home, 0o755)
  keepRun(home)
  const [postgres, temporal, bundle] = await Promise.all([
    startPostgres({ home, log: quiet, settings: unsafe }),
    startTemporal({ home, log: quiet, timeSkipping: true, env: { ...process.env, TEMPORAL_ADDRESS: undefined } }),
    bundleWorkflows(home),
  ])
  await makeTemplate(postgres)
  const run = randomUUID()
  Object.assign(process.env, {
    GUILDHALL_TEST_RUN: run,
    GUILDHALL_TEST_DATABASE: postgres.url,
    GUILDHALL_TEST_TEMPORAL: temporal.address,
    ...(bundle === undefined ? {} : { GUILDHALL_TEST_BUNDLE: bundle }),
  })
  return {
    stop: async () => {
      const leaks = await endLeaks(run, postgres.url)
      await Promise.all([postgres.stop(), temporal.stop()])
      rmSync(postgres.folder, { recursive: true, force: true })
      rmSync(home, { recursive: true, force: true })
      if (leaks.length > 0) throw new Error(`The tests left this behind: ${leaks.join('; ')}`)
    },
  }
}

/** Memory where there is plenty: a database of its own for most tests is some hundred files made and removed, which disks are slow at. */
function folderForData(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize >= 4 * 2 ** 30 ? memory : tmpdir()
}

async function makeTemplate(postgres: Postgres): Promise<void> {
  const admin = new pg.Client(postgres.url)
  await admin.connect()
  await admin.query(`create database ${templateDatabase}`)
  await admin.end()
  const url = new URL(postgres.url)
  url.pathname = templateDatabase
  if (!existsSync(join(root, 'store', 'migrate.ts'))) return
  const { migrate } = await import('../../store/migrate.ts')
  const pool = new pg.Pool({ connectionString: url.href, max: 2 })
  await migrate(pool)
  await pool.end()
}

async function bundleWorkflows(home: string): Promise<string | undefined> {
  const workflowsPath = join(root, 'workflows', 'index.ts')
  if (!existsSync(workflowsPath)) return undefined
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  const path = join(home, 'workflow-bundle.js')
  writeFileSync(path, code)
  return path
}

/** One file per run, so that a run that was killed outright is cleaned up by the next one. */
function keepRun(home: string): void {
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'run.json'), JSON.stringify({ pid: process.pid, home }))
}

async function stopServersOfKilledRuns(): Promise<void> {
  const text = readIfThere(join(cache, 'run.json'))
  const kept: unknown = text === undefined ? undefined : JSON.parse(text)
  if (!isObject(kept) || !('pid' in kept) || !('home' in kept)) return
  const { pid, home } = kept
  if (typeof pid !== 'number' || typeof home !== 'string' || isAlive(pid)) return
  await Promise.all([stopLeftPostgres(home), stopLeftTemporal(home)])
  rmSync(home, { recursive: true, force: true })
}
