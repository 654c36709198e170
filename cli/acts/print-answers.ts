import type { GuildhallError } from '../../core/errors.ts'
import type { CommonOptions } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'

/** What came of the requests of one call, and how each answer is said. */
export interface Answers<Answer> {
  readonly answers: readonly Answer[]
  /** Whether the requests came as lines: then the answers are lines too. */
  readonly isStream: boolean
  /** The error of who was refused; undefined where the change was made. */
  readonly refusal: (answer: Answer) => GuildhallError | undefined
  /** The digest under which it is held; undefined where it is not, absent where nothing ever is. */
  readonly held?: (answer: Answer) => string | undefined
  readonly json: (answer: Answer, refusal: GuildhallError | undefined) => object
  /** Of the list in JSON. */
  readonly key: string
  readonly text: () => string
}

/**
 * Prints what came of requests, a line each where they came as lines; the only one refused is an error. What is held is told with
 * what lets it through: to programs beside their answer.
 */
export function printAnswers<Answer>(shell: Shell, options: CommonOptions, said: Answers<Answer>): void {
  const { answers, isStream, refusal } = said
  const refusals = answers.map(refusal)
  const first = refusals.find((one) => one !== undefined)
  if (!isStream && first !== undefined && answers.length === 1) throw first
  const digests = [...new Set(answers.flatMap((answer) => said.held?.(answer) ?? []))]
  if (isStream || options.json === true) {
    shell.print(jsonOf(said, refusals))
    if (digests.length > 0) shell.complain(hintOf(digests))
  } else shell.print([said.text(), ...(digests.length > 0 ? [hintOf(digests)] : [])].join('\n'))
  if (first !== undefined) process.exitCode = 1
  if (digests.length > 0) process.exitCode = exitCodes.held
}

function jsonOf<Answer>(
  { answers, isStream, json, key }: Answers<Answer>,
  refusals: readonly (GuildhallError | undefined)[],
): string {
  const objects = answers.map((answer, index) => json(answer, refusals[index]))
  if (isStream) return objects.map((one) => `${JSON.stringify(one)}\n`).join('')
  return `${JSON.stringify({ [key]: objects }, null, 2)}\n`
}

/** How commands that may be held explain their exit code. */
export const heldExitCode = { [exitCodes.held]: 'held: nothing was done until somebody approves it' } as const

function hintOf(digests: readonly string[]): string {
  return [
    'Held: this is more than the guard lets pass at once, and nothing was done. `guildhall holds` shows who would lose what;',
    'somebody else lets it through within 72 hours:',
    ...digests.map((digest) => `  guildhall approve ${digest} --reason "…"`),
    '',
  ].join('\n')
}

/** The JSON of a refusal, beside what names its request. */
export function refusalJson({ code, message, facts }: GuildhallError): object {
  return { error: { code, message, facts } }
}
