import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSocket } from 'node:dgram'
import { setTimeout } from 'node:timers/promises'
import { runProgram } from './run-program.ts'
import { hasServer } from './server-process.ts'

const program = '/usr/sbin/freeradius'
const secret = 'shared-by-both'

/** Whether tests with a real FreeRADIUS run: where it is missing they are skipped, but not where servers are required. */
export const hasFreeradius = hasServer(program)

/** A FreeRADIUS of our own on a free port of this machine, which knows people from one file. */
export interface Freeradius {
  /** What `freeradius -C` says to this file: how it ended, and its complaints. */
  check(authorize: string): Promise<{ readonly code: number | null; readonly complaints: string }>
  /** The answers that people get who ask with this password, under this file, each as radclient shows them. */
  answers(authorize: string, names: readonly string[], password: string): Promise<readonly string[]>
  remove(): Promise<void>
}

/** Prepares a server in a folder of its own. */
export async function prepareFreeradius(): Promise<Freeradius> {
  const folder = await mkdtemp(join(tmpdir(), 'freeradius-'))
  await chmod(folder, 0o700)
  const port = await freeUdpPort()
  await writeFile(join(folder, 'radiusd.conf'), configurationOf(folder, port))
  const ask = (request: string): ReturnType<typeof runProgram> =>
    runProgram(
      '/usr/bin/radclient',
      ['-x', '-p', '1', '-r', '3', '-t', '5', `127.0.0.1:${port}`, 'auth', secret],
      request,
    )
  return {
    async check(authorize) {
      await writeFile(join(folder, 'authorize'), authorize)
      const { code, output, complaints } = await runProgram(program, ['-C', '-l', 'stdout', '-d', folder])
      return { code, complaints: `${complaints}${output}` }
    },
    async answers(authorize, names, password) {
      await writeFile(join(folder, 'authorize'), authorize)
      const child = spawn(program, ['-f', '-l', 'stdout', '-d', folder], { stdio: 'ignore' })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      try {
        await untilAnswering(ask)
        const requests = names.map((name) => `User-Name = "${name}", User-Password = "${password}"\n`)
        const { output } = await ask(requests.join('\n'))
        return output.split(/^Received /m).slice(1)
      } finally {
        child.kill()
        await ended
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function untilAnswering(ask: (request: string) => ReturnType<typeof runProgram>): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { output } = await ask('User-Name = "first", User-Password = "first"\n')
    if (output.includes('Received ')) return
    await setTimeout(500)
  }
  throw new Error('FreeRADIUS did not answer; is freeradius-utils installed?')
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}

function configurationOf(folder: string, port: number): string {
  return `prefix = /usr
localstatedir = ${folder}
libdir = /usr/lib/freeradius
${['raddbdir', 'logdir', 'run_dir', 'db_dir'].map((name) => `${name} = ${folder}`).join('\n')}
pidfile = ${join(folder, 'pid')}
security {
  reject_delay = 0
}
modules {
  files {
    usersfile = ${join(folder, 'authorize')}
  }
  pap {
  }
}
client tests {
  ipaddr = 127.0.0.1
  secret = ${secret}
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
}
`
}
