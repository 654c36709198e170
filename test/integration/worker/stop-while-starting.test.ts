import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { stopLeftPostgres } from '../../../worker/embedded/postgres.ts'
import { readIfThere, waitUntil } from '../../../worker/embedded/processes.ts'
import { stopLeftTemporal } from '../../../worker/embedded/temporal.ts'
import { endWorker, spawnWorker } from '../../support/built-worker.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'guildhall-stop-'))
  // The server's account has to reach its data.
  chmodSync(home, 0o755)
})

afterEach(() => rmSync(home, { recursive: true, force: true }))

it.each([
  ['Temporal', join('temporal', 'server.json')],
  ['PostgreSQL', join('postgres', 'data', 'postmaster.pid')],
])('Ctrl-C while %s starts ends the process in good order and leaves no server', async (_, sign) => {
  const worker = spawnWorker({
    home,
    repository: home,
    env: { DATABASE_URL: '', TEMPORAL_ADDRESS: '' },
    prints: 'errors',
  })
  const hasBegun = await waitUntil(() => readIfThere(join(home, sign)) !== undefined, 50_000)

  await endWorker(worker, 'SIGINT')

  const left = { postgres: await stopLeftPostgres(home), temporal: await stopLeftTemporal(home) }
  expect({ hasBegun, code: worker.exitCode, left }).toEqual({
    hasBegun: true,
    code: 0,
    left: { postgres: false, temporal: false },
  })
})
