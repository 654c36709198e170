import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Channel } from '../../connectors/destinations/ssh/channel.ts'

const receiver = fileURLToPath(
  new URL('../../connectors/destinations/ssh/receiver/guildhall-receiver', import.meta.url),
)

/** A receiver started here, without SSH in between. */
export function startReceiver(target: string): Channel {
  const child = spawn('sh', [receiver, target], { stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const close = (): void => {
    child.stdin.destroy()
    child.stdout.destroy()
  }
  return { input: child.stdin, output: child.stdout, complaint: () => complaint, close }
}

/** Says something to a receiver, started in a folder, and gives its answer once it has ended. */
export function sayToReceiver(target: string, text: string | Buffer, cwd?: string): Promise<string> {
  const child = spawn('sh', [receiver, target], { stdio: ['pipe', 'pipe', 'ignore'], cwd })
  let answer = ''
  child.stdin.on('error', () => undefined)
  child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  child.stdin.end(text)
  return new Promise((resolve) => child.on('close', () => resolve(answer)))
}
