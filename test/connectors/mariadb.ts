import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { open, readFile, rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import { freePort, hasServer, quickFolder, untilOpen } from './server-process.ts'
import { writeCertificates } from './certificates.ts'

const run = promisify(execFile)
const program = '/usr/sbin/mariadbd'

/** Whether tests with a real MariaDB run: where it is missing they are skipped, but not where servers are required. */
export const hasMariaDb = hasServer(program)

/** A MariaDB of our own, with an empty database `people`. */
export interface MariaDb {
  readonly port: number
  /** May do everything. */
  readonly admin: { readonly user: string; readonly password: string }
  /** In PEM, of the authority that signed the server's certificate (for `localhost` and 127.0.0.1). */
  readonly ca: string
  /** Runs statements as the administrator, each with its values. */
  run(statement: string, values?: readonly unknown[]): Promise<unknown>
  /** As `kill -9` does. */
  kill(): Promise<void>
  /** On the same port, with the same tables. */
  start(): Promise<void>
  /** Ends it and removes everything. */
  remove(): Promise<void>
}

/** Starts mariadbd on a free port, with its files in a folder of its own, in memory where there is room. */
export async function startMariaDb(): Promise<MariaDb> {
  const folder = await quickFolder('mariadb-')
  const port = await freePort()
  const admin = { user: 'rig', password: 'rig-admin' }
  await writeCertificates(folder)
  await run('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${join(folder, 'files')}`,
    `--user=${userInfo().username}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ])
  let child = await startProcess(folder, port)
  const first = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root' })
  await first.query(`grant all on *.* to rig@'127.0.0.1' identified by 'rig-admin' with grant option`)
  await first.query('create database people')
  await first.end()
  return {
    port,
    admin,
    ca: await readFile(join(folder, 'ca.pem'), 'utf8'),
    async run(statement, values = []) {
      const connection = await mysql.createConnection({ host: '127.0.0.1', port, ...admin, database: 'people' })
      try {
        const [result] = await connection.query(statement, [...values])
        return result
      } finally {
        await connection.end()
      }
    },
    kill: () => ended(child, 'SIGKILL'),
    async start() {
      child = await startProcess(folder, port)
    },
    async remove() {
      await ended(child, 'SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startProcess(folder: string, port: number): Promise<ChildProcess> {
  const at = (name: string): string => join(folder, name)
  const log = await open(at('log'), 'a')
  const settings = [
    '--no-defaults',
    `--user=${userInfo().username}`,
    `--datadir=${at('files')}`,
    `--socket=${at('socket')}`,
    `--pid-file=${at('pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--max-allowed-packet=64M',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=64M',
    '--character-set-server=utf8mb4',
    `--ssl-ca=${at('ca.pem')}`,
    `--ssl-cert=${at('server.pem')}`,
    `--ssl-key=${at('server.key')}`,
  ]
  const child = spawn(program, settings, { stdio: ['ignore', 'ignore', log.fd] })
  await log.close()
  await untilOpen(port, child, async () => `mariadbd ended: ${await readFile(at('log'), 'utf8')}`)
  return child
}

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exit
}
