import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, hasServer, untilOpen } from './server-process.ts'

const run = promisify(execFile)
const program = '/usr/sbin/sshd'

/** Whether tests with a real sshd run: where it is missing they are skipped, but not where servers are required. */
export const hasSshd = hasServer(program)

/** An sshd of our own on a free port. */
export interface Sshd {
  readonly port: number
  readonly user: string
  readonly hostKey: string
  /** Makes a key pair and gives the private half. */
  makeKey(name: string): Promise<string>
  /** Lets the key in, for this one command. */
  authorize(name: string, command: string): Promise<void>
  stop(): Promise<void>
}

/** Starts sshd with its own host key and configuration, as whoever runs the test; `authorizedKeysFile` says who comes in, other than by `authorize`. */
export async function startSshd(
  folder: string,
  { authorizedKeysFile = join(folder, 'authorized_keys') }: { readonly authorizedKeysFile?: string } = {},
): Promise<Sshd> {
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true })
  const port = await freePort()
  await makeKeyPair(join(folder, 'host'))
  await writeFile(join(folder, 'authorized_keys'), '')
  await writeFile(join(folder, 'config'), configuration(folder, { port, authorizedKeysFile }))
  const child = spawn(program, ['-D', '-e', '-f', join(folder, 'config')], { stdio: ['ignore', 'ignore', 'ignore'] })
  await untilOpen(port, child, async () => `sshd did not open port ${port}; is openssh-server installed?`)
  const { stdout } = await run('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')])
  return {
    port,
    user: userInfo().username,
    hostKey: stdout.split(' ')[1] ?? '',
    async makeKey(name) {
      await makeKeyPair(join(folder, name))
      return readFile(join(folder, name), 'utf8')
    },
    async authorize(name, command) {
      const key = await readFile(join(folder, `${name}.pub`), 'utf8')
      await writeFile(join(folder, 'authorized_keys'), `command="${command}",restrict ${key}`, {
        flag: 'a',
        mode: 0o600,
      })
    },
    stop: () => ended(child),
  }
}

async function makeKeyPair(path: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
}

function configuration(
  folder: string,
  { port, authorizedKeysFile }: { readonly port: number; readonly authorizedKeysFile: string },
): string {
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${authorizedKeysFile}`,
    'PidFile none',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    'AcceptEnv GIT_PROTOCOL',
  ]
  return `${lines.join('\n')}\n`
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await exit
}
