import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import pg from 'pg'
import { isAlive } from '../../worker/embedded/processes.ts'
import { startPostgres, stopLeftPostgres, type Postgres, type PostgresOptions } from '../../worker/embedded/postgres.ts'

const log = { info: () => undefined, warn: () => undefined }
const settings = { fsync: 'off' }
const asRoot = process.getuid?.() === 0

let folder: string
let home: string
let options: PostgresOptions

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-postgres-'))
  chmodSync(folder, 0o755)
  home = join(folder, 'home')
  options = { home, log, settings, outside: join(folder, 'outside') }
})

afterEach(async () => {
  await stopLeftPostgres(home)
  rmSync(folder, { recursive: true, force: true })
})

it('a second start keeps the state and the port', async () => {
  const first = await startPostgres(options)
  await write(first)
  await first.stop()

  const second = await startPostgres(options)

  expect(second.url).toBe(first.url)
  expect(await read(second)).toEqual([{ n: 42 }])
  expect(isAlive(first.pid)).toBe(false)
})

it('a server that still runs in the home is adopted', async () => {
  const first = await startPostgres(options)

  const second = await startPostgres(options)

  expect([second.pid, second.url]).toEqual([first.pid, first.url])
})

it('a lock that names a living process of somebody else is removed', async () => {
  await (await startPostgres(options)).stop()
  const stranger = spawn('sleep', ['60'])
  forgeLock(stranger)

  const server = await startPostgres(options)
  stranger.kill()

  expect(server.pid).not.toBe(stranger.pid)
  expect(isAlive(server.pid)).toBe(true)
})

it('a lock that names a dead process is removed', async () => {
  await (await startPostgres(options)).stop()
  const gone = spawn('true')
  await new Promise((resolve) => gone.once('exit', resolve))
  forgeLock(gone)

  const server = await startPostgres(options)

  expect(isAlive(server.pid)).toBe(true)
})

it('after kill -9 of the postmaster the exit is told, and the next start has all that was committed', async () => {
  const first = await startPostgres(options)
  await write(first)
  const told = new Promise<string>((resolve) => first.onExit(() => resolve('told')))
  process.kill(first.pid, 'SIGKILL')

  expect(await told).toBe('told')
  const second = await startPostgres(options)

  expect(await read(second)).toEqual([{ n: 42 }])
})

it('another server on the kept port gets to keep it', async () => {
  const first = await startPostgres(options)
  const port = Number(new URL(first.url).port)
  await first.stop()
  const squatter = createServer().listen(port, '127.0.0.1')
  await new Promise((resolve) => squatter.once('listening', resolve))

  const second = await startPostgres(options)
  squatter.close()

  expect(Number(new URL(second.url).port)).not.toBe(port)
})

it('a copy of a home has a port of its own, so that nobody who looked for the one finds the other', async () => {
  const first = await startPostgres(options)
  await first.stop()
  const copy = join(folder, 'copy')
  execFileSync('cp', ['-a', home, copy])

  const second = await startPostgres({ ...options, home: copy })
  await second.stop()

  expect(new URL(second.url).port).not.toBe(new URL(first.url).port)
})

it('a wrong password is refused, and the right one is for our eyes only', async () => {
  const server = await startPostgres(options)
  const url = new URL(server.url)
  url.password = 'wrong'

  await expect(new pg.Client(url.href).connect()).rejects.toThrow('password authentication failed')
  expect(statSync(join(home, 'postgres.json')).mode & 0o777).toBe(0o600)
})

it('stopping leaves no process', async () => {
  const server = await startPostgres(options)

  await server.stop()
  await server.stop()

  expect(isAlive(server.pid)).toBe(false)
  expect(existsSync(join(server.folder, 'data', 'postmaster.pid'))).toBe(false)
})

it('where its account cannot reach the home, the state lies outside behind a link, also at the next start', async () => {
  chmodSync(folder, 0o700)
  const outside = mkdtempSync(join(tmpdir(), 'guildhall-outside-'))
  chmodSync(outside, 0o755)
  const first = await startPostgres({ ...options, outside })
  await write(first)
  await first.stop()

  const second = await startPostgres({ ...options, outside })
  const found = await read(second)
  await second.stop()
  rmSync(outside, { recursive: true })

  expect(found).toEqual([{ n: 42 }])
  // An ordinary user's server runs under the user's own account, which can always reach the home.
  expect(second.folder.startsWith(outside)).toBe(asRoot)
  expect(lstatSync(join(home, 'postgres')).isSymbolicLink()).toBe(asRoot)
})

function forgeLock(child: ChildProcess): void {
  const data = join(home, 'postgres', 'data')
  const lines = [child.pid, data, '1790000000', '5432', '', '127.0.0.1', '', 'ready   ', '']
  writeFileSync(join(data, 'postmaster.pid'), lines.join('\n'))
  expect(readFileSync(join(data, 'postmaster.pid'), 'utf8')).toContain(String(child.pid))
}

async function write(server: Postgres): Promise<void> {
  await query(server, 'create table answer as select 42 as n')
}

async function read(server: Postgres): Promise<unknown> {
  return query(server, 'select n from answer')
}

async function query(server: Postgres, statement: string): Promise<unknown> {
  const client = new pg.Client(server.url)
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
