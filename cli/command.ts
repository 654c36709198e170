import { Command, InvalidArgumentError } from 'commander'
import { longestText } from '../core/model/longest-text.ts'
import { isOneLine } from '../core/model/one-line.ts'
import type { Shell } from './shell.ts'

/** What a command answers; the shell prints one of the two forms. */
export interface Answer {
  readonly json: unknown
  readonly text: string
  /** 0 where absent. */
  readonly exitCode?: number
}

/** Options every command takes. */
export interface CommonOptions {
  readonly home?: string
  readonly json?: boolean
}

export interface Invocation<Options> {
  readonly arguments: readonly string[]
  readonly options: Options & CommonOptions
  readonly shell: Shell
}

export interface CommandDescription {
  readonly name: string
  /** As commander writes them: `<identity> <vo/resource>`. */
  readonly arguments?: string
  readonly summary: string
  readonly description?: string
  readonly examples: readonly (readonly [command: string, meaning: string])[]
  /** Meaning of exit codes besides 0 and 1. */
  readonly exitCodes?: Readonly<Record<number, string>>
}

/** Makes a command of the program, with the common options and a help text that shows examples and exit codes. */
export function describeCommand(description: CommandDescription): Command {
  const command = new Command(description.name)
    .summary(description.summary)
    .description(description.description ?? asSentence(description.summary))
    .option(
      '--home <dir>',
      'folder of the running system (default: $GUILDHALL_HOME, else .guildhall)',
      named('a folder'),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', `\n${helpAfter(description)}`)
  if (description.arguments !== undefined) command.arguments(description.arguments)
  return command
}

/** Reads an option that is empty only by mistake, such as a shell variable that is not set. */
export function named(what: string): (text: string) => string {
  return (text) => {
    if (text.trim() === '') throw new InvalidArgumentError(`expected ${what}, got nothing`)
    if (text.length > longestText)
      throw new InvalidArgumentError(`expected ${what} of at most ${longestText} characters, got ${text.length}`)
    if (isOneLine(text)) return text
    throw new InvalidArgumentError(`expected ${what} on one line, got a line break or another control character`)
  }
}

/** Lets the command answer with `run`; what is thrown goes to the program. */
export function answerWith<Options>(
  command: Command,
  shell: Shell,
  run: (invocation: Invocation<Options>) => Promise<Answer>,
): Command {
  return command.action(async () => {
    // One that lists takes the common options of those below it.
    const options = command.optsWithGlobals<Options & CommonOptions>()
    const answer = await run({ arguments: command.args, options, shell })
    shell.print(options.json === true ? `${JSON.stringify(answer.json, null, 2)}\n` : ended(answer.text))
    if (answer.exitCode !== undefined) process.exitCode = answer.exitCode
  })
}

function asSentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function helpAfter({ examples, exitCodes }: CommandDescription): string {
  const width = Math.max(...examples.map(([command]) => command.length))
  const shown = examples.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`)
  const codes = { 0: 'done', 1: 'error', ...exitCodes }
  const meanings = Object.entries(codes).map(([code, meaning]) => `${code} ${meaning}`)
  return ['Examples:', ...shown, '', `Exit codes: ${meanings.join(', ')}`].join('\n')
}
