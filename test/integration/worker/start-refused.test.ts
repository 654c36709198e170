import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import { stopLeftPostgres } from '../../../worker/embedded/postgres.ts'
import { readIfThere, waitUntil } from '../../../worker/embedded/processes.ts'
import { stopLeftTemporal } from '../../../worker/embedded/temporal.ts'
import { endWorker, spawnWorker } from '../../support/built-worker.ts'
import { ground } from '../../support/documents.ts'

jest.setTimeout(120_000)

const embedded = { DATABASE_URL: '', TEMPORAL_ADDRESS: '' }
let home: string
let repository: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'guildhall-refused-'))
  // The server's account has to reach its data.
  chmodSync(home, 0o755)
  repository = join(home, 'source')
  mkdirSync(repository)
  writeFileSync(join(repository, 'all.yaml'), ground)
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], { cwd: repository })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=first')
})

afterEach(async () => {
  await Promise.all([stopLeftPostgres(home), stopLeftTemporal(home)])
  rmSync(home, { recursive: true, force: true })
})

/** Starts a process that ends by itself, and tells how. */
async function refused(env: Readonly<Record<string, string>>) {
  const worker = spawnWorker({ home, repository, env: { ...embedded, ...env }, prints: 'pipes' })
  const said = worker.stderr === null ? Promise.resolve('') : text(worker.stderr)
  await once(worker, 'exit')
  return { code: worker.exitCode, said: await said }
}

it('a second start in a home is refused, and the first one goes on', async () => {
  const mark = join(home, 'running.json')
  const first = spawnWorker({ home, repository, env: embedded, prints: 'errors' })
  await waitUntil(() => readIfThere(mark) !== undefined, 50_000)
  const before = readIfThere(mark)

  const { code, said } = await refused({})

  expect({ code, said, runs: first.exitCode, mark: readIfThere(mark) }).toEqual({
    ...{ code: 1, runs: null, mark: before },
    said: `ENVIRONMENT_INVALID: Cannot start: Guildhall runs in the home "${home}" already, as process ${String(first.pid)}; stop that one, or choose another folder with --home\n`,
  })
  await endWorker(first, 'SIGINT')
  expect(readIfThere(mark)).toBeUndefined()
})

it('a port that is taken is named, and all that was started ends in good order', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0

  const { code, said } = await refused({ GUILDHALL_ROLES: 'api,worker', GUILDHALL_PORT: String(port) })
  server.close()

  const left = { postgres: await stopLeftPostgres(home), temporal: await stopLeftTemporal(home) }
  expect({ code, said, left }).toEqual({
    ...{ code: 1, left: { postgres: false, temporal: false } },
    said: expect.stringMatching(
      new RegExp(`^ENVIRONMENT_INVALID: Cannot serve the API on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*GUILDHALL_PORT`),
    ),
  })
  expect(said.trim().split('\n')).toHaveLength(1)
})
