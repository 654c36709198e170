import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { Connection } from '@temporalio/client'
import { isAlive } from '../../worker/embedded/processes.ts'
import { findTemporal } from '../../worker/embedded/temporal-binary.ts'
import { startTemporal, stopLeftTemporal } from '../../worker/embedded/temporal.ts'
import { canSkipTime } from '../support/time-skipping.ts'

const log = { info: () => undefined, warn: () => undefined }
const env = { ...process.env, TEMPORAL_ADDRESS: undefined }

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'guildhall-temporal-'))
})

afterEach(async () => {
  await stopLeftTemporal(home)
  rmSync(home, { recursive: true, force: true })
})

it('a server that still runs in the home is adopted, and its end leaves no process', async () => {
  const first = await startTemporal({ home, log, env })

  const second = await startTemporal({ home, log, env })
  await second.stop()

  expect(second.pid).toBe(first.pid)
  expect(isAlive(first.pid ?? 0)).toBe(false)
})

it('after kill -9 the exit is told, and the next start has the same address', async () => {
  const first = await startTemporal({ home, log, env })
  const told = new Promise<string>((resolve) => first.onExit(() => resolve('told')))
  process.kill(first.pid ?? 0, 'SIGKILL')

  expect(await told).toBe('told')
  const second = await startTemporal({ home, log, env })

  expect(second.address).toBe(first.address)
})

it('a port that is taken between the look and the start costs another try, not the start', async () => {
  const program = await findTemporal({ env, log })
  const folder = join(home, 'bin')
  const marker = join(home, 'was-run')
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'temporal'),
    `#!/bin/sh
if [ "$1" = server ] && [ ! -e "${marker}" ]; then
  touch "${marker}"
  echo "Error: can't set frontend port: bind: address already in use" >&2
  exit 1
fi
exec "${program}" "$@"
`,
  )
  chmodSync(join(folder, 'temporal'), 0o755)

  const server = await startTemporal({
    home,
    log,
    env: { ...env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
  })

  expect(isAlive(server.pid ?? 0)).toBe(true)
})

it('pin time-skipping flag: without it the server still cannot skip time, and the probe says so', async () => {
  const server = await startTemporal({ home, log, env })
  const connection = await Connection.connect({ address: server.address })

  const can = await canSkipTime(connection, 'default')
  await connection.close()

  expect(can).toBe(false)
})

it('a server named by TEMPORAL_ADDRESS is used and never stopped', async () => {
  const server = await startTemporal({ home, log, env: { TEMPORAL_ADDRESS: 'temporal.example.org:7233' } })

  await server.stop()

  expect([server.address, server.pid, server.uiUrl]).toEqual(['temporal.example.org:7233', undefined, undefined])
})
