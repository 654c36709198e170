import { readdirSync } from 'node:fs'
import pg from 'pg'
import { commandLine, readIfThere, stopProcess } from '../../worker/embedded/processes.ts'

/** Ends the processes that tests of this run started and forgot, and names them and the databases left open. */
export async function endLeaks(run: string, adminUrl: string): Promise<string[]> {
  const pids = processesOf(run)
  const named = pids.map((pid) => `process ${pid} (${commandLine(pid)})`)
  await Promise.all(pids.map((pid) => stopProcess(pid, { signal: 'SIGTERM', patienceMs: 3_000 })))
  return [...named, ...(await openDatabases(adminUrl))]
}

/** Every process a test starts inherits the run's mark; Jest's own workers carry it too and are about to end. */
function processesOf(run: string): number[] {
  return listProcesses()
    .filter((pid) => pid !== process.pid && pid !== process.ppid)
    .filter((pid) => readIfThere(`/proc/${pid}/environ`)?.includes(`GUILDHALL_TEST_RUN=${run}`) === true)
    .filter((pid) => !/jest-worker|processChild/.test(commandLine(pid)))
}

function listProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

async function openDatabases(adminUrl: string): Promise<string[]> {
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  const { rows } = await admin.query<{ datname: string }>(
    `select datname from pg_database where datname like 'test\\_%' order by datname`,
  )
  await admin.end()
  return rows.map(({ datname }) => `database ${datname}, never dropped`)
}
