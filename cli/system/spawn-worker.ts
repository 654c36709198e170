import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { homeOf } from './find-system.ts'
import type { CommonOptions } from '../command.ts'
import { printableLines } from '../text/printable.ts'
import type { Shell } from '../shell.ts'

type Variables = Readonly<Record<string, string>>

const signals = ['SIGINT', 'SIGTERM'] as const

/** Runs worker/main as a process of its own until it ends, and passes signals on; gives its exit code. */
export async function runWorkerProcess(shell: Shell, options: CommonOptions, variables: Variables): Promise<number> {
  const words = options.json === true ? ['--json'] : []
  const child = spawn(process.execPath, [...process.execArgv, programOf('main'), ...words], {
    cwd: shell.cwd,
    env: { ...shell.env, GUILDHALL_HOME: homeOf(shell, options), ...variables },
    stdio: 'inherit',
  })
  const forward = (signal: NodeJS.Signals) => void child.kill(signal)
  for (const signal of signals) process.on(signal, forward)
  try {
    return await new Promise<number>((done, fail) => {
      child.on('error', fail)
      child.on('exit', (code) => done(code ?? 1))
    })
  } finally {
    for (const signal of signals) process.off(signal, forward)
  }
}

/** In bytes: of hundreds of thousands of people, a line each. */
const longestOutput = 256 * 1024 * 1024

/** Runs a short program of worker/ and gives what it prints; how far it is, on a terminal, is seen there. */
export async function readWorkerOutput(shell: Shell, name: string, variables: Variables): Promise<string> {
  const running = promisify(execFile)(process.execPath, [...process.execArgv, programOf(name)], {
    cwd: shell.cwd,
    env: { ...shell.env, ...variables },
    maxBuffer: longestOutput,
  })
  if (shell.isTerminal)
    running.child.stderr?.on('data', (told: unknown) => shell.complain(printableLines(String(told))))
  return (await running).stdout
}

function programOf(name: string): string {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`../../worker/${name}.${ending}`, import.meta.url))
}
