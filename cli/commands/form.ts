import { Command } from 'commander'
import { formSchema, listForms } from '../../api/acts/forms.ts'
import type { ListedForm } from '../../store/index.ts'
import { actContext } from '../acts/act-context.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import { checkCommand } from '../forms/check-command.ts'
import { languageOption, readerOf, type ReaderOptions } from '../forms/reader.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'

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
    const { forms } = await withState(shell, options, (open) =>
      listForms.run(actContext(shell, open), vo === undefined ? {} : { vo }),
    )
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
    examples: [
      ['guildhall form schema astro/join > join.schema.json', 'for an editor or a program'],
      ['guildhall form schema astro/join --as idp/ada --language cs', 'with what is offered to her as answers'],
    ],
  })
    .option('--as <identity>', 'who would answer: what is known of them is offered (`default`)', named('an identity'))
    .option(...languageOption)
  return answerWith<ReaderOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const { identity: as, ...reader } = readerOf(options)
    const asked = { form: text, ...reader, ...(as !== undefined && { as }) }
    const schema = await withState(shell, options, (open) => formSchema.run(actContext(shell, open), asked))
    return { json: schema, text: JSON.stringify(schema, null, 2) }
  })
}
