import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createInvitations, type CreateInput } from '../../api/acts/invitations/create.ts'
import { GuildhallError } from '../../core/errors.ts'
import { count } from '../../core/model/count.ts'
import { actContext } from '../acts/act-context.ts'
import { readInput } from '../applications/read-answers.ts'
import { describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { readInviting, withInviteOptions, type InviteOptions } from './invite-options.ts'
import { readInvitationCsv, type BadLine, type InvitationLines, type InvitedLine } from './read-csv.ts'

/** In one transaction: what is interrupted has invited all of them or none. */
const atOnce = 500

/** What came of a file. */
interface Report {
  readonly invited: number
  /** Invited before, by this file or otherwise. */
  readonly known: number
  readonly refused: readonly BadLine[]
}

/** Makes `guildhall invitation import`. */
export function importCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'import', arguments: '<target> <file>', summary: 'invite everybody whom a CSV file names' },
    description: `Invites everybody whom a CSV file names. Its first line names the columns: email, and name, language, message and until where
they are wanted. What is wrong with a line is told by its number, and the others are invited. Interrupted, it is simply
repeated: by the same file nobody is invited twice, whatever became of the first invitation.`,
    examples: [
      ['guildhall invitation import astro people.csv --as idp/ada', 'to become members'],
      ['guildhall invitation import astro/telescope - < people.csv', 'from standard input'],
    ],
    exitCodes: { 1: 'error, or a line was refused' },
  })
  return withInviteOptions(command).action(() => run(shell, command))
}

async function run(shell: Shell, command: Command): Promise<void> {
  const [target = '', file = ''] = command.args
  const options = command.opts<InviteOptions>()
  const bytes = file === '-' ? Buffer.from(await readInput(shell), 'utf8') : readFile(shell, file)
  const lines = readInvitationCsv(bytes)
  const batch = createHash('sha256').update(bytes).digest('hex')
  const inviting = { ...readInviting(target, options), batch, together: lines.invited.length }
  const report = await withState(shell, options, (open) => invite(shell, open, { lines, inviting }))
  if (options.json === true) shell.print(`${JSON.stringify(report, null, 2)}\n`)
  else shell.print(`${textOf(report)}\n`)
  if (report.refused.length > 0) process.exitCode = 1
}

function readFile(shell: Shell, file: string): Buffer {
  try {
    return readFileSync(resolve(shell.cwd, file))
  } catch (cause) {
    throw new GuildhallError('COMMAND_MISUSED', `Cannot read "${file}": expected a CSV file; - is standard input`, {
      facts: { file },
      cause,
    })
  }
}

interface Importing {
  readonly lines: InvitationLines
  readonly inviting: Omit<CreateInput, 'invitations'>
}

async function invite(shell: Shell, open: OpenState, { lines, inviting }: Importing): Promise<Report> {
  const context = actContext(shell, open)
  const { invited: wanted, bad } = lines
  const refused: BadLine[] = [...bad]
  let [invited, known] = [0, 0]
  for (let start = 0; start < wanted.length; start += atOnce) {
    const part = wanted.slice(start, start + atOnce)
    const answer = await createInvitations.run(context, {
      ...inviting,
      invitations: part.map(({ request }) => request),
    })
    for (const [index, one] of answer.invitations.entries()) {
      if (!('refused' in one)) invited += 1
      else if (one.refused.reason === 'already-invited' || one.refused.reason === 'invited-before') known += 1
      else refused.push(badLine(part[index], one.refused.message))
    }
    progress(shell, start + part.length, wanted.length)
  }
  return { invited, known, refused: refused.sort((one, other) => one.line - other.line) }
}

function badLine(line: InvitedLine | undefined, message: string): BadLine {
  return { line: line?.line ?? 0, address: line?.request.address ?? '', message }
}

function progress(shell: Shell, done: number, all: number): void {
  if (shell.isTerminal) shell.complain(`\r${done} of ${all} lines …${done === all ? '\n' : ''}`)
}

function textOf({ invited, known, refused }: Report): string {
  const counted = [
    `${count(invited, 'address', 'addresses')} invited`,
    ...(known > 0 ? [`${known} invited before`] : []),
    ...(refused.length > 0 ? [`${count(refused.length, 'line', 'lines')} refused`] : []),
  ].join(', ')
  if (refused.length === 0) return counted
  const rows = refused.map(({ line, address, message }) => [String(line), address, message])
  return [counted, '', renderTable(['LINE', 'ADDRESS', 'WHY'], rows)].join('\n')
}
