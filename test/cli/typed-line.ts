import { execFileSync } from 'node:child_process'
import { buildProgram } from '../../cli/program.ts'
import { processShell } from '../../cli/shell.ts'

const prefix = ['npx', '--no-install', 'guildhall']

/** Takes a line as a shell and then the program would, without running it; throws where either refuses it. */
export async function readTypedLine(line: string): Promise<{ readonly command: string; readonly home: unknown }> {
  const words = execFileSync('sh', ['-c', `set -- ${line}\nprintf '%s\\n' "$@"`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
  if (words.slice(0, 3).join(' ') !== prefix.join(' ')) throw new Error(`not found by a shell: ${line}`)
  const read: { command: string; home: unknown }[] = []
  const program = buildProgram({ ...processShell(), complain: () => undefined })
  for (const command of program.commands) {
    command.action(() => void read.push({ command: command.name(), home: command.opts()['home'] }))
  }
  await program.parseAsync(words.slice(3), { from: 'user' })
  const [only] = read
  if (only === undefined) throw new Error(`no command: ${line}`)
  return only
}
