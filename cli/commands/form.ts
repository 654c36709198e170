import { Command } from 'commander'
import { compileCheck } from '../../schemas/validate.ts'
import type { AnswerFault } from '../../core/forms/check-answers.ts'
import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ListedForm } from '../../store/index.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { parseAnswers, readInput } from '../applications/read-answers.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'

interface CheckOptions extends CommonOptions {
  readonly as?: string
}

/** Makes `guildhall form`. */
export function formCommand(shell: Shell): Command {
  return new Command('form')
    .summary('see the forms by which people apply, and check answers')
    .description('Lists the forms by which people apply, and checks answers before they are filed.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall form check astro/join < answers.json  every fault, by item')
    .addCommand(listCommand(shell))
    .addCommand(schemaCommand(shell))
    .addCommand(checkCommand(shell))
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'list', arguments: '[vo]', summary: 'list the forms in force' },
    examples: [['guildhall form list astro', 'the forms of one VO']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [vo], options }) => {
    const forms = await withState(shell, options, ({ store, pool }) => store.listForms(pool, vo))
    return { json: { forms }, text: listOf(forms) }
  })
}

function listOf(forms: readonly ListedForm[]): string {
  if (forms.length === 0) return 'There are no forms.'
  const rows = forms.map(({ vo, name, kind, group, items }) => [`${vo}/${name}`, kind, group ?? '–', String(items)])
  return renderTable(['FORM', 'FOR', 'GROUP', 'ITEMS'], rows)
}

function schemaCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'schema', arguments: '<vo/form>', summary: 'print the JSON Schema of the answers to a form' },
    examples: [['guildhall form schema astro/join > join.schema.json', 'for an editor or a program']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const form = { ...splitForm(text), now: shell.now() }
    const schema = await withState(shell, options, ({ store, pool }) =>
      store.inTransaction(pool, (tx) => store.readAnswersSchema(tx, form)),
    )
    return { json: schema, text: JSON.stringify(schema, null, 2) }
  })
}

function checkCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'check', arguments: '<vo/form>', summary: 'check answers from standard input against a form' },
    description: 'Checks a JSON object of answers from standard input against a form; nothing is filed.',
    examples: [['guildhall form check astro/join --as idp/ada < answers.json', 'as she would file them']],
    exitCodes: { 1: 'error, or the answers have faults' },
  }).option('--as <identity>', 'who would file them (default: somebody whom nobody knows)', named('an identity'))
  return answerWith<CheckOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const { as: identity = '' } = options
    if (options.as !== undefined) requireIdentity(identity)
    const form = { ...splitForm(text), now: shell.now() }
    const answers = parseAnswers(await readInput(shell), '-')
    const faults = await withState(shell, options, ({ store, pool }) =>
      store.inTransaction(pool, (tx) =>
        store.checkAnswers(tx, { ...form, identity, answers, compileSchema: (schema) => compileCheck(schema) }),
      ),
    )
    const exitCode = faults.length === 0 ? exitCodes.done : exitCodes.error
    return { json: { faults }, text: faultsText(faults), exitCode }
  })
}

function faultsText(faults: readonly AnswerFault[]): string {
  if (faults.length === 0) return 'The answers may be filed.'
  return renderTable(
    ['ITEM', 'FAULT'],
    faults.map(({ item, message }) => [item, message]),
  )
}

function splitForm(text: string): { readonly vo: string; readonly name: string } {
  const form = parseResource(text)
  if (form !== undefined) return form
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot read form "${text}": expected a VO and a form, such as "astro/join"`,
    {
      facts: { form: text },
    },
  )
}
