import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { pino } from 'pino'
import { readConfig, type Env } from '../../worker/config.ts'
import { stopLeftPostgres } from '../../worker/embedded/postgres.ts'
import { isAlive } from '../../worker/embedded/processes.ts'
import { stopLeftTemporal } from '../../worker/embedded/temporal.ts'
import { openPostgres, openTemporal } from '../../worker/servers.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'guildhall-servers-'))
  // The server's account has to reach its data.
  chmodSync(home, 0o755)
})

afterEach(async () => {
  await Promise.all([stopLeftPostgres(home), stopLeftTemporal(home)])
  rmSync(home, { recursive: true, force: true })
})

describe.each([
  ['PostgreSQL', openPostgres],
  ['Temporal', openTemporal],
] as const)('the kept %s', (_, open) => {
  it('is started again after it is killed: another process at the same address, and that is told', async () => {
    const told = listeners()
    const server = await open({ ...told, ...setting() }).ready
    const first = server.pid() ?? 0

    process.kill(first, 'SIGKILL')
    await told.back

    const again = server.pid() ?? 0
    expect({ isOther: again !== first, runs: isAlive(again), answers: await answers(server.address) }).toEqual({
      ...{ isOther: true, runs: true, answers: true },
    })
    await server.stop()
    expect({ runs: isAlive(again), lost: told.lost }).toEqual({ runs: false, lost: [] })
  })

  it('is started again each time it is killed', async () => {
    const told = listeners()
    const server = await open({ ...told, ...setting() }).ready
    process.kill(server.pid() ?? 0, 'SIGKILL')
    await told.back
    const second = server.pid() ?? 0

    const backAgain = told.next()
    process.kill(second, 'SIGKILL')
    await backAgain

    expect({ isOther: server.pid() !== second, runs: isAlive(server.pid() ?? 0) }).toEqual({
      isOther: true,
      runs: true,
    })
    await server.stop()
  })

  it('stopped while it is being started again, it leaves no process', async () => {
    const told = listeners()
    const server = await open({ ...told, ...setting() }).ready

    process.kill(server.pid() ?? 0, 'SIGKILL')
    await told.died
    await server.stop()

    const left = { postgres: await stopLeftPostgres(home), temporal: await stopLeftTemporal(home) }
    expect({ runs: isAlive(server.pid() ?? 0), left, lost: told.lost }).toEqual({
      ...{ runs: false, left: { postgres: false, temporal: false }, lost: [] },
    })
  })

  it('is ended at once by force, and not started again', async () => {
    const told = listeners()
    const server = await open({ ...told, ...setting() }).ready

    await server.kill()

    expect({ runs: isAlive(server.pid() ?? 0), lost: told.lost }).toEqual({ runs: false, lost: [] })
  })

  it('stopped before it is ready, it leaves no process and tells nothing', async () => {
    const told = listeners()
    const server = open({ ...told, ...setting() })
    const ready = expect(server.ready).rejects.toThrow('aborted')

    await server.stop()
    await ready

    const left = { postgres: await stopLeftPostgres(home), temporal: await stopLeftTemporal(home) }
    expect({ left, lost: told.lost }).toEqual({ left: { postgres: false, temporal: false }, lost: [] })
  })
})

describe('a kept server that cannot come back', () => {
  it('is told as lost where it cannot be started', async () => {
    const told = listeners()
    const server = await openPostgres({ ...told, ...setting() }).ready
    rmSync(join(home, 'postgres.json'))

    process.kill(server.pid() ?? 0, 'SIGKILL')
    await told.gone

    expect(told.lost).toEqual([
      expect.stringMatching(/^Cannot open the database in .*: its password, kept in .*, is gone/),
    ])
    await server.stop()
  })

  it('is told as lost where another took its port, and what was started elsewhere ends with it', async () => {
    const told = listeners()
    const server = await openPostgres({ ...told, ...setting() }).ready

    process.kill(server.pid() ?? 0, 'SIGKILL')
    const other = await listenOn(Number(new URL(server.address).port))
    await told.gone

    expect(told.lost).toEqual(['PostgreSQL came back at another address'])
    await server.stop()
    expect(isAlive(server.pid() ?? 0)).toBe(false)
    other.close()
  })
})

it('servers that are given are used as they are, and never stopped', async () => {
  const database = 'postgres://db.example.org/guildhall'
  const temporal = 'temporal.example.org:7233'
  const given = listeners()
  const env = { DATABASE_URL: database, TEMPORAL_ADDRESS: temporal }

  const servers = [
    await openPostgres({ ...given, ...setting(env) }).ready,
    await openTemporal({ ...given, ...setting(env) }).ready,
  ]
  for (const server of servers) await server.stop()

  expect(servers.map((server) => [server.address, server.pid(), server.uiUrl])).toEqual([
    [database, undefined, undefined],
    [temporal, undefined, undefined],
  ])
})

function setting(env: Env = {}) {
  return {
    config: readConfig({ ...env, GUILDHALL_HOME: home }, home),
    env: { ...process.env, ...env, TEMPORAL_ADDRESS: undefined },
  }
}

/** What the server's keeper tells, as promises. */
function listeners() {
  const lost: string[] = []
  const heard = { died: signal(), back: signal(), gone: signal() }
  const log = pino({ level: 'warn' }, { write: (line: string) => line.includes('A server died') && heard.died.give() })
  return {
    ...{ log, lost },
    onBack: () => heard.back.give(),
    onLost: (reason: string) => {
      lost.push(reason)
      heard.gone.give()
    },
    ...{ died: heard.died.given, back: heard.back.given, gone: heard.gone.given },
    /** The next time that it is back. */
    next: async (): Promise<void> => {
      heard.back = signal()
      return heard.back.given
    },
  }
}

function signal() {
  let give: () => void = () => undefined
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

async function answers(address: string): Promise<boolean> {
  if (!address.startsWith('postgres:')) return true
  const client = new pg.Client(address)
  await client.connect()
  const { rows } = await client.query<{ one: number }>('select 1 as one')
  await client.end()
  return rows[0]?.one === 1
}

/** Takes a port as soon as the killed server's children have let it go. */
async function listenOn(port: number): Promise<Server> {
  for (;;) {
    const server = createServer()
    const isOurs = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (isOurs) return server
  }
}
