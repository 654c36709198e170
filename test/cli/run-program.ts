import { runProgram } from '../../cli/program.ts'
import type { Shell } from '../../cli/shell.ts'

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program in this process, with a shell of its own. */
export async function run(args: readonly string[], over: Partial<Shell> = {}): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const shell: Shell = {
    env: {},
    cwd: process.cwd(),
    isTerminal: false,
    now: () => new Date('2026-11-22T22:00:00Z'),
    userName: () => 'joan',
    input: nothingToRead,
    print: (text) => void out.push(text),
    roomToPrint: async () => undefined,
    complain: (text) => void err.push(text),
    ...over,
  }
  const before = process.exitCode
  process.exitCode = 0
  try {
    const exitCode = (await runProgram(shell, args)) ?? process.exitCode
    return { exitCode, stdout: out.join(''), stderr: err.join('') }
  } finally {
    process.exitCode = before
  }
}

async function* nothingToRead(): AsyncGenerator<Uint8Array> {
  // Standard input is empty where a test gives none.
}
