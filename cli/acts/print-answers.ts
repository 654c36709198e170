import type { GuildhallError } from '../../core/errors.ts'
import type { CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'

/** What came of the requests of one call, and how each answer is said. */
export interface Answers<Answer> {
  readonly answers: readonly Answer[]
  /** Whether the requests came as lines: then the answers are lines too. */
  readonly isStream: boolean
  /** The error of who was refused; undefined where the change was made. */
  readonly refusal: (answer: Answer) => GuildhallError | undefined
  readonly json: (answer: Answer, refusal: GuildhallError | undefined) => object
  /** Of the list in JSON. */
  readonly key: string
  readonly text: () => string
}

/** Prints what came of requests, a line each where they came as lines; the only one refused is an error. */
export function printAnswers<Answer>(shell: Shell, options: CommonOptions, said: Answers<Answer>): void {
  const { answers, isStream, refusal, json, key, text } = said
  const refusals = answers.map(refusal)
  const first = refusals.find((one) => one !== undefined)
  if (!isStream && first !== undefined && answers.length === 1) throw first
  const objects = answers.map((answer, index) => json(answer, refusals[index]))
  if (isStream) shell.print(objects.map((one) => `${JSON.stringify(one)}\n`).join(''))
  else shell.print(options.json === true ? `${JSON.stringify({ [key]: objects }, null, 2)}\n` : text())
  if (first !== undefined) process.exitCode = 1
}

/** The JSON of a refusal, beside what names its request. */
export function refusalJson({ code, message, facts }: GuildhallError): object {
  return { error: { code, message, facts } }
}
