import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Certificates } from './certificates.ts'
import { freePort, hasServer, untilOpen } from './server-process.ts'

const python = '/usr/bin/python3'
const page = fileURLToPath(new URL('../../docs/how-to/receiver.md', import.meta.url))

/** Whether tests with the receiver run. */
export const hasPython = hasServer(python)

/** The receiver that the how-to shows, as it stands there. */
export interface HttpsReceiver {
  readonly port: number
  readonly secret: string
  /** A line for each time that it installed something. */
  installed(): readonly string[]
  stop(): Promise<void>
}

/** The program of the page. */
export async function receiverProgram(): Promise<string> {
  const [, program] = /^```python\n([\s\S]*?)^```/m.exec(await readFile(page, 'utf8')) ?? []
  if (program === undefined) throw new Error(`${page} shows no receiver`)
  return program
}

/** Starts the receiver of the page; it writes below `target`, and its files lie in `base`. */
export async function startHttpsReceiver(
  base: string,
  target: string,
  { server }: Certificates,
): Promise<HttpsReceiver> {
  const at = (name: string): string => join(base, name)
  await mkdir(target, { recursive: true })
  await writeFile(at('receiver.py'), await receiverProgram())
  await writeFile(at('server.pem'), server.certificate)
  await writeFile(at('server.key'), server.key, { mode: 0o600 })
  const [port, secret] = [await freePort(), 'a secret of the receiver and of us']
  const child = spawn(python, [at('receiver.py'), target, `${port}`, at('server.pem'), at('server.key')], {
    env: { GUILDHALL_SIGNING: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await untilOpen(port, child, async () => `The receiver did not start: ${complaint}`)
  return {
    port,
    secret,
    installed: () => said.split('\n').filter((line) => line !== ''),
    stop: async () => {
      child.kill()
      await ended
    },
  }
}
