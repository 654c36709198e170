import { userInfo } from 'node:os'

/** What a command may use of the process around it. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** True where standard error is a terminal, so that progress may be shown there. */
  readonly isTerminal: boolean
  now(): Date
  userName(): string
  print(text: string): void
  complain(text: string): void
}

export function processShell(): Shell {
  return {
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stderr.isTTY,
    now: () => new Date(),
    userName: () => userInfo().username,
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
  }
}
