import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { Connection } from '@temporalio/client'
import { isAlive, waitUntil } from '../../worker/embedded/processes.ts'
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
  const marker = join(home, 'was-run')
  const failing = await programBefore(
    home,
    `if [ ! -e "${marker}" ]; then
  touch "${marker}"
  echo "Error: can't set frontend port: bind: address already in use" >&2
  exit 1
fi`,
  )

  const server = await startTemporal({ home, log, env: failing })

  expect(isAlive(server.pid ?? 0)).toBe(true)
})

it('a server that took the port between the look and the start is never taken for ours', async () => {
  const other = mkdtempSync(join(tmpdir(), 'guildhall-temporal-'))
  const stopped = await startTemporal({ home: other, log, env })
  await stopped.stop()
  const kept = readFileSync(join(other, 'temporal', 'server.json'), 'utf8').replace(other, home)
  mkdirSync(join(home, 'temporal'))
  writeFileSync(join(home, 'temporal', 'server.json'), kept)
  const started = join(home, 'was-run')
  const slow = await programBefore(home, `touch "${started}"; while ! test -e "${home}/go"; do sleep 0.1; done`)

  const ours = startTemporal({ home, log, env: slow })
  await waitUntil(() => existsSync(started), 20_000)
  const theirs = await startTemporal({ home: other, log, env })
  writeFileSync(join(home, 'go'), '')
  const server = await ours
  await theirs.stop()
  rmSync(other, { recursive: true, force: true })

  expect(server.address).not.toBe(theirs.address)
  expect(isAlive(server.pid ?? 0)).toBe(true)
})

it('a copy of a home has ports of its own, so that nobody who looked for the one finds the other', async () => {
  const first = await startTemporal({ home, log, env })
  await first.stop()
  const copy = `${home}-copy`
  cpSync(home, copy, { recursive: true })

  const server = await startTemporal({ home: copy, log, env })
  await server.stop()
  rmSync(copy, { recursive: true, force: true })

  expect(server.address).not.toBe(first.address)
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

/** An environment in which the server's program runs these lines of a shell before it starts a server. */
async function programBefore(home: string, lines: string): Promise<typeof env & { readonly PATH: string }> {
  const program = await findTemporal({ env, log })
  const folder = join(home, 'bin')
  mkdirSync(folder)
  const script = `#!/bin/sh\nif [ "$1" = server ]; then\n${lines}\nfi\nexec "${program}" "$@"\n`
  writeFileSync(join(folder, 'temporal'), script, { mode: 0o755 })
  return { ...env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` }
}
