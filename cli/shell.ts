import { once } from 'node:events'
import { userInfo } from 'node:os'

/** What a command may use of the process around it. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** True where standard error is a terminal, so that progress may be shown there. */
  readonly isTerminal: boolean
  now(): Date
  userName(): string
  /** Standard input, opened when it is asked for. */
  input(): AsyncIterable<Uint8Array>
  print(text: string): void
  /** Resolves when there is room for more: whoever prints without end waits for a slow reader. */
  roomToPrint(): Promise<void>
  complain(text: string): void
}

export function processShell(): Shell {
  return {
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stderr.isTTY,
    now: () => new Date(),
    userName: () => userInfo().username,
    input: () => process.stdin,
    print: (text) => void process.stdout.write(text),
    roomToPrint: async () => {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
    },
    complain: (text) => void process.stderr.write(text),
  }
}
