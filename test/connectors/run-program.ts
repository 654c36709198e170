import { spawn } from 'node:child_process'

/** How a program ended, and what it said. */
interface Ended {
  readonly code: number | null
  readonly output: string
  readonly complaints: string
}

/** Runs a program with this on its standard input. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(program, args, { stdio: 'pipe' })
  let output = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  return { code, output, complaints }
}
