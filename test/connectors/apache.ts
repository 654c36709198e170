import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import { freePort, hasServer, untilOpen } from './server-process.ts'

const program = '/usr/sbin/apache2'
const modules = '/usr/lib/apache2/modules'
const password = 'correct horse'

/** Whether tests with a real Apache run: where it is missing they are skipped, but not where servers are required. */
export const hasApache = hasServer(program)

/** An Apache of our own on a free port of this machine, with one place that `authz` says who may enter. */
export interface Apache {
  /** What `apache2 -t` says to these rules: how it ended, and its complaints but for what it always says. */
  check(authz: string): Promise<{ readonly code: number | null; readonly complaints: string }>
  /** Serves under these rules, for as long as `visit` takes; users prove who they are by a password. */
  serve<T>(authz: string, users: readonly string[], visit: (statusFor: StatusFor) => Promise<T>): Promise<T>
  remove(): Promise<void>
}

/** The HTTP status that a user gets in the place. */
type StatusFor = (user: string) => Promise<number>

/** Prepares a web server in a folder of its own. */
export async function prepareApache(): Promise<Apache> {
  const folder = await mkdtemp(join(tmpdir(), 'apache-'))
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'place'))
  await writeFile(join(folder, 'place', 'page'), 'here')
  const port = await freePort()
  const configuration = join(folder, 'apache.conf')
  await writeFile(configuration, configurationOf(folder, port))
  return {
    async check(authz) {
      await writeFile(join(folder, 'authz'), authz)
      const { code, complaints } = await runProgram(program, ['-t', '-f', configuration])
      return { code, complaints: complaints.replace('Syntax OK\n', '') }
    },
    async serve(authz, users, visit) {
      await writeFile(join(folder, 'authz'), authz)
      const hash = createHash('sha1').update(password).digest('base64')
      await writeFile(join(folder, 'passwords'), users.map((user) => `${user}:{SHA}${hash}\n`).join(''))
      const child = spawn(program, ['-X', '-f', configuration], { stdio: 'ignore' })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      try {
        await untilOpen(port, child, () => readFile(join(folder, 'errors'), 'utf8'))
        return await visit(async (user) => {
          const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
          const response = await fetch(`http://127.0.0.1:${port}/page`, { headers: { authorization } })
          await response.arrayBuffer()
          return response.status
        })
      } finally {
        child.kill()
        await ended
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function configurationOf(folder: string, port: number): string {
  const loaded = ['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic']
  const lines = [
    ...loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    `ServerRoot ${folder}`,
    'ServerName localhost',
    ...['User www-data', 'Group www-data'],
    `Listen 127.0.0.1:${port}`,
    `PidFile ${join(folder, 'pid')}`,
    `DefaultRuntimeDir ${folder}`,
    `ErrorLog ${join(folder, 'errors')}`,
    `DocumentRoot ${join(folder, 'place')}`,
    `<Directory ${join(folder, 'place')}>`,
    ...['AuthType Basic', 'AuthName place', `AuthUserFile ${join(folder, 'passwords')}`],
    `Include ${join(folder, 'authz')}`,
    '</Directory>',
  ]
  return `${lines.join('\n')}\n`
}
