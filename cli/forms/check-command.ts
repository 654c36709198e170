import type { Command } from 'commander'
import { checkMany } from '../../api/acts/forms.ts'
import type { AnswerFault } from '../../core/forms/check-answers.ts'
import { showValue } from '../../core/model/show-value.ts'
import { isIdentity } from '../../schemas/validate.ts'
import type { CheckedAnswers } from '../../store/index.ts'
import { actContext } from '../acts/act-context.ts'
import { isObject, parseAnswers, readInput } from '../applications/read-answers.ts'
import { describeCommand, named } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { languageOption, readerOf, type ReaderOptions } from './reader.ts'

interface CheckOptions extends ReaderOptions {
  readonly many?: boolean
}

/** Makes `guildhall form check`. */
export function checkCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'check', arguments: '<vo/form>', summary: 'check answers from standard input against a form' },
    description: 'Checks a JSON object of answers from standard input against a form; nothing is filed.',
    examples: [
      ['guildhall form check astro/join --as idp/ada < answers.json', 'as she would file them'],
      ['guildhall form check astro/join --many < answers.ndjson', 'the answers of many, a line each'],
    ],
    exitCodes: { 1: 'error, or answers have faults' },
  })
    .option('--as <identity>', 'who would file them (default: somebody whom nobody knows)', named('an identity'))
    .option(...languageOption)
    .option('--many', 'read NDJSON, the answers of one person a line, and print a line of faults for each')
    .addHelpText(
      'after',
      `
With --many a line is such as
  {"identity":"idp/ada","answers":{"name":"Ada Lovelace"}}`,
    )
  return command.action(() => run(shell, command))
}

async function run(shell: Shell, command: Command): Promise<void> {
  const [text = ''] = command.args
  const options = command.opts<CheckOptions>()
  const { identity = '', language } = readerOf(options)
  const isStream = options.many === true
  const many = isStream
    ? await readMany(shell.input(), identity)
    : [{ identity, answers: parseAnswers(await readInput(shell), '-') }]
  const input = { form: text, many, ...(language !== undefined && { language }) }
  const faults = await withState(shell, options, (open) => checkMany(actContext(shell, open), input))
  const [first = []] = faults
  if (isStream) shell.print(faults.map((all, index) => lineOf(many[index], all)).join(''))
  else if (options.json === true) shell.print(`${JSON.stringify({ faults: first }, null, 2)}\n`)
  else shell.print(`${textOf(first)}\n`)
  if (faults.some((all) => all.length > 0)) process.exitCode = exitCodes.error
}

function lineOf(checked: CheckedAnswers | undefined, faults: readonly AnswerFault[]): string {
  const identity = checked?.identity ?? ''
  return `${JSON.stringify({ identity: identity === '' ? null : identity, faults })}\n`
}

function textOf(faults: readonly AnswerFault[]): string {
  if (faults.length === 0) return 'The answers may be filed.'
  return renderTable(
    ['ITEM', 'FAULT'],
    faults.map(({ item, message, detail }) => [item, detail === undefined ? message : `${message} (${detail})`]),
  )
}

const form = 'expected an object such as {"identity": "idp/ada", "answers": {"name": "Ada"}}'

/** Reads the answers of many, an object a line; who is not named is whom the option names. */
async function readMany(input: AsyncIterable<Uint8Array>, usual: string): Promise<CheckedAnswers[]> {
  return readObjects(input, { form, keys: ['identity', 'answers'], read: (line) => readChecked(line, usual) })
}

function readChecked({ identity, answers }: LineObject, usual: string): CheckedAnswers | string {
  if (identity !== undefined && (typeof identity !== 'string' || !isIdentity(identity)))
    return `identity: expected an identity such as "idp/ada", got ${showValue(identity)}`
  if (!isObject(answers)) return `answers: expected an object, got ${showValue(answers ?? null)}`
  return { identity: identity ?? usual, answers }
}
