import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { listDeliveries, openPool, type Pool } from '../../store/index.ts'
import { readIfThere } from '../../worker/embedded/processes.ts'
import { databaseUrlOf, endWorker, spawnWorker } from '../support/built-worker.ts'
import { buildProgram, makeRepository, type Files } from './world.ts'

const patienceMs = 300_000

/** Starts the built worker on a configuration and waits until that many destinations have its beginning. */
export async function startBuilt(home: string, files: Files, destinations: number): Promise<ChildProcess> {
  buildProgram()
  const worker = spawnWorker({ home, repository: makeRepository(home, files), prints: 'errors' })
  const tookMs = await deliver(home, destinations)
  if (tookMs !== undefined) {
    console.error(`${destinations} destinations had the beginning after ${(tookMs / 1_000).toFixed(1)} s`)
    return worker
  }
  await endWorker(worker, 'SIGTERM')
  throw new Error(`The beginning was not delivered within ${patienceMs / 1_000} s`)
}

/** The database of a home, once there is one. */
export function poolOf(home: string): Pool | undefined {
  const url = databaseUrlOf(home)
  return url === undefined ? undefined : openPool(url)
}

/** Waits until every destination has the newest snapshot of a worker that is ready; undefined when that takes too long. */
async function deliver(home: string, destinations: number): Promise<number | undefined> {
  const from = performance.now()
  let pool: Pool | undefined
  try {
    while (performance.now() - from < patienceMs) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      pool ??= poolOf(home)
      if (pool === undefined || !isReady(home)) continue
      const delivered = await listDeliveries(pool, { state: 'delivered' })
      if (delivered.length === destinations) return performance.now() - from
    }
    return undefined
  } finally {
    await pool?.end()
  }
}

/** Once the first commit is in force, so that the tables are there too. */
const isReady = (home: string) => readIfThere(join(home, 'endpoints.json')) !== undefined
