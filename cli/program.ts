import { Command, CommanderError } from 'commander'
import { quoted } from '../api/command-line.ts'
import { apiCommand } from './commands/api.ts'
import { invitationCommand } from './commands/invitation.ts'
import { applicationCommand } from './commands/application.ts'
import { applyCommand } from './commands/apply.ts'
import { approveCommand } from './commands/approve.ts'
import { attributeCommand } from './commands/attribute.ts'
import { auditCommand } from './commands/audit.ts'
import { banCommand } from './commands/ban.ts'
import { deliveriesCommand } from './commands/deliveries.ts'
import { delegationCommand } from './commands/delegation.ts'
import { devCommand } from './commands/dev.ts'
import { doctorCommand } from './commands/doctor.ts'
import { expiryCommand } from './commands/expiry.ts'
import { exportCommand } from './commands/export.ts'
import { forecastCommand } from './commands/forecast.ts'
import { formCommand } from './commands/form.ts'
import { freezeCommand } from './commands/freeze.ts'
import { groupCommand } from './commands/group.ts'
import { holdsCommand } from './commands/holds.ts'
import { identityCommand } from './commands/identity.ts'
import { importCommand } from './commands/import.ts'
import { mailCommand } from './commands/mail.ts'
import { memberCommand } from './commands/member.ts'
import { membersCommand } from './commands/members.ts'
import { noticesCommand } from './commands/notices.ts'
import { pinCommand } from './commands/pin.ts'
import { planCommand } from './commands/plan.ts'
import { resumeCommand } from './commands/resume.ts'
import { reviewCommand } from './commands/review.ts'
import { serviceAccountCommand } from './commands/service-account.ts'
import { sponsorCommand } from './commands/sponsor.ts'
import { statusCommand } from './commands/status.ts'
import { syncCommand } from './commands/sync.ts'
import { termsCommand } from './commands/terms.ts'
import { userCommand } from './commands/user.ts'
import { validateCommand } from './commands/validate.ts'
import { whyCommand } from './commands/why.ts'
import { workerCommand } from './commands/worker.ts'
import { describeError } from './describe-error.ts'
import { GuildhallError } from '../core/errors.ts'
import type { Shell } from './shell.ts'
import { printableLines } from './text/printable.ts'

const makers = [
  validateCommand,
  planCommand,
  applyCommand,
  statusCommand,
  holdsCommand,
  approveCommand,
  freezeCommand,
  pinCommand,
  membersCommand,
  whyCommand,
  deliveriesCommand,
  syncCommand,
  memberCommand,
  groupCommand,
  sponsorCommand,
  serviceAccountCommand,
  banCommand,
  identityCommand,
  attributeCommand,
  termsCommand,
  formCommand,
  applicationCommand,
  delegationCommand,
  reviewCommand,
  invitationCommand,
  userCommand,
  noticesCommand,
  mailCommand,
  expiryCommand,
  forecastCommand,
  auditCommand,
  importCommand,
  exportCommand,
  resumeCommand,
  doctorCommand,
  devCommand,
  workerCommand,
  apiCommand,
] as const

const helpWidth = 100

const intro = `Membership and access of virtual organisations: YAML in git, people in PostgreSQL, files on facilities.

Start here: \`npm start\` runs everything on this machine; then \`guildhall status\`.`

/** Runs the program on the arguments after its name and gives its exit code; `undefined` where a command has set it. */
export async function runProgram(given: Shell, args: readonly string[]): Promise<number | undefined> {
  const shell = { ...given, print: (text: string) => given.print(printableLines(text)) }
  try {
    await buildProgram(shell).parseAsync([...args], { from: 'user' })
    return undefined
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if (isUsageShown(error)) return 1
    report(shell, misuse(error, { shell, args }), args.includes('--json'))
    return 1
  }
}

export function buildProgram(shell: Shell): Command {
  const program = new Command('guildhall')
    .description(intro)
    .helpCommand(false)
    // A command that does something by itself may leave what follows the name of one below it to that one.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
  for (const make of makers) program.addCommand(make(shell))
  for (const command of withThoseBelow(program)) {
    command
      .exitOverride()
      .allowExcessArguments(false)
      .configureOutput({
        writeOut: (text) => shell.print(text),
        writeErr: (text) => shell.complain(text),
        outputError: () => undefined,
        getOutHelpWidth: () => helpWidth,
        getErrHelpWidth: () => helpWidth,
      })
  }
  return program
}

function withThoseBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap((below) => withThoseBelow(below))]
}

function report(shell: Shell, error: unknown, json: boolean): void {
  const { code, message, facts } = describeError(error)
  const text = json ? JSON.stringify({ error: { code, message, facts } }) : `error ${code}: ${message}`
  shell.complain(`${printableLines(text)}\n`)
}

/** Without a command the program has told what there is. */
function isUsageShown(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'commander.help'
}

interface Call {
  readonly shell: Shell
  readonly args: readonly string[]
}

/** What commander refuses is an error of ours like any other. */
function misuse(error: unknown, { shell, args }: Call): unknown {
  if (!(error instanceof CommanderError)) return error
  const names = makers.map((make) => make(shell).name())
  const [first = ''] = args
  const place = first.startsWith('-') ? args.findIndex((word) => names.includes(word)) : -1
  if (place !== -1) {
    const right = [args[place] ?? '', ...args.slice(0, place)].map(quoted).join(' ')
    return new GuildhallError(
      'COMMAND_MISUSED',
      `Cannot take "${first}" before the command; options go after it: \`guildhall ${right}\``,
    )
  }
  const said = error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '')
  const help = names.includes(first)
    ? `\`guildhall ${commandIn(shell, args)} --help\` shows what it takes`
    : '`guildhall --help` lists the commands'
  return new GuildhallError('COMMAND_MISUSED', `${sentence(said)}; ${help}`)
}

/** The command that the words name, and the commands below it. */
function commandIn(shell: Shell, [first = '', ...rest]: readonly string[]): string {
  const words = [first]
  let command = makers.map((make) => make(shell)).find((made) => made.name() === first)
  for (const word of rest) {
    command = command?.commands.find((below) => below.name() === word)
    if (command === undefined) break
    words.push(word)
  }
  return words.join(' ')
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
