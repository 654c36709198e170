import { Command } from 'commander'
import { holderForm } from '../../core/attributes/holder-reference.ts'
import { holders } from '../../core/attributes/holders.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ReadAnswer, ValueAnswer, ValueOn } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { heldExitCode, printAnswers, refusalJson } from '../acts/print-answers.ts'
import { valuesText, valueText } from '../acts/values-text.ts'
import { answerWith, describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import { reasonOnLine } from '../lines/read-reasoned.ts'
import type { Shell } from '../shell.ts'
import { readAbilities } from '../system/abilities.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'

interface ValueOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
}

/** Makes `guildhall attribute`. */
export function attributeCommand(shell: Shell): Command {
  return new Command('attribute')
    .summary('read and set values of attributes')
    .description('Reads values of attributes, and sets those of people that git does not give.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `\nA holder is one of\n${holders.map((holder) => `  ${holderForm(holder)}\n`).join('')}
Examples:\n  guildhall attribute set user:idp/ada email ada@example.org  whoever waited for it goes on`,
    )
    .addCommand(getCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(setCommand(shell))
    .addCommand(unsetCommand(shell))
}

function getCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'get', arguments: '[holder] [name]', summary: 'read a value' },
    examples: [
      ['guildhall attribute get user:idp/ada email', 'a person’s'],
      ['guildhall attribute get member:astro/idp/ada badge --json', 'of a membership'],
      ['guildhall attribute get host:hpc/login1.hpc.example.org room', 'one that git gives'],
      ['guildhall attribute get < names.ndjson', 'many at once'],
    ],
    exitCodes: { 1: 'error, or something may not be read' },
  })
    .addOption(asOption())
    .addHelpText('after', linesHelp('{"holder":"user:idp/ada","name":"shell"}'))
  return command.action(() => get(shell, command))
}

async function get(shell: Shell, command: Command): Promise<void> {
  const { namedOf, readValueLines } = await import('../acts/read-values.ts')
  const { as, ...options } = command.opts<ValueOptions>()
  const [holder, name = ''] = command.args
  const isStream = holder === undefined
  const requests = isStream ? await readValueLines(shell.input(), 'get') : [namedOf(holder, name)]
  const who = as === undefined ? {} : { actor: as }
  const answers = await withState(shell, options, ({ store, pool }) => store.readValues(pool, { requests, ...who }))
  const refusals = answers.map((answer) => ('refused' in answer ? unreadable(answer, as) : undefined))
  const first = refusals.find((one) => one !== undefined)
  if (!isStream && first !== undefined) throw first
  const json = answers.map(({ holder: of, name: what, ...answer }, index) => {
    const refused = refusals[index]
    return refused === undefined
      ? { holder: of, name: what, ...answer }
      : { holder: of, name: what, ...refusalJson(refused) }
  })
  if (isStream) shell.print(json.map((one) => `${JSON.stringify(one)}\n`).join(''))
  else
    shell.print(options.json === true ? `${JSON.stringify(json[0], null, 2)}\n` : `${answers.map(textOf).join('')}\n`)
  if (first !== undefined) process.exitCode = 1
}

function textOf(answer: ReadAnswer): string {
  return 'refused' in answer || answer.value === null ? 'none' : valueText(answer.value)
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'list', arguments: '<holder>', summary: 'list the values of something or somebody' },
    examples: [['guildhall attribute list user-facility:hpc/idp/ada', 'with who gave them']],
  }).addOption(asOption())
  return answerWith<ValueOptions>(command, shell, async ({ arguments: [text = ''], options: { as, ...options } }) => {
    const { requireHolder } = await import('../acts/read-values.ts')
    const reading = { holder: requireHolder(text), ...(as === undefined ? {} : { actor: as }) }
    const values = await withState(shell, options, ({ store, pool }) => store.listValues(pool, reading))
    const rows = values.map((one) => [one.name, valueText(one.value), whereFrom(one)])
    return {
      json: { values },
      text: rows.length === 0 ? 'There are none.' : renderTable(['NAME', 'VALUE', 'FROM'], rows),
    }
  })
}

/** Where a value is from: its place in git, the source and those it goes before, or who gave it. */
function whereFrom({ at, before = [], origin, source }: ValueFrom): string {
  if (source === undefined) return at ?? origin ?? ''
  return before.length === 0 ? `source ${source}` : `source ${source}, before ${before.join(', ')}`
}

interface ValueFrom {
  readonly at: string | null
  readonly before?: readonly string[]
  readonly origin: string | null
  readonly source?: string
}

function setCommand(shell: Shell): Command {
  const command = changing({
    ...{ name: 'set', arguments: '[holder] [name] [value]', summary: 'set a value of somebody' },
    examples: [
      ['guildhall attribute set user:idp/ada email ada@example.org', 'text as it stands'],
      ['guildhall attribute set user:idp/ada sshKeys \'["ssh-ed25519 AAAA…"]\'', 'lists and maps as JSON'],
      ['guildhall attribute set member-group:astro/board/idp/ada shift night --as idp/ada', 'by what ada may write'],
      ['guildhall attribute set < values.ndjson', 'many at once'],
    ],
  })
  return command.action(() => run(shell, command, 'set'))
}

function unsetCommand(shell: Shell): Command {
  const command = changing({
    ...{ name: 'unset', arguments: '[holder] [name]', summary: 'take a value away from somebody' },
    examples: [
      ['guildhall attribute unset user:idp/ada email --reason "wrong"', 'what the VO requires is missing then'],
    ],
  })
  return command.action(() => run(shell, command, 'unset'))
}

function changing(description: Pick<CommandDescription, 'arguments' | 'examples' | 'name' | 'summary'>): Command {
  const value = description.name === 'set' ? ',"value":"/bin/zsh"' : ''
  return describeCommand({ ...description, exitCodes: { 1: 'error, or something was refused', ...heldExitCode } })
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .addHelpText('after', linesHelp(`{"holder":"user:idp/ada","name":"shell"${value}}`, `\n${reasonOnLine}`))
}

function linesHelp(line: string, more = ''): string {
  return `
Without arguments it reads NDJSON from standard input, a value a line, and answers with a line each in the same order:
  ${line}${more}`
}

type Act = 'set' | 'unset'

async function run(shell: Shell, command: Command, act: Act): Promise<void> {
  const { readValueLines } = await import('../acts/read-values.ts')
  const { surroundingsFor } = await import('../../connectors/config-repo/validate-folder.ts')
  const { compileSchema } = surroundingsFor(readAbilities())
  const { as, reason = '', ...options } = command.opts<ValueOptions>()
  const isStream = command.args.length === 0
  const requests = isStream ? await readValueLines(shell.input(), act) : [await requestOf(command.args, act)]
  const input = { ...{ requests, reason, now: shell.now(), compileSchema }, ...actingAs(shell, as) }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.changeValues(tx, input), store.asAct),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'values', text: () => `${valuesText(answers)}\n` },
    refusal: (answer) => ('refused' in answer ? refusal(act, answer) : undefined),
    held: (answer) => ('held' in answer ? answer.held : undefined),
    json: ({ holder, name, ...answer }, refused) =>
      refused === undefined ? { holder, name, ...answer } : { holder, name, ...refusalJson(refused) },
  })
}

async function requestOf([holder = '', name = '', text]: readonly string[], act: Act): Promise<ValueOn> {
  const { namedOf } = await import('../acts/read-values.ts')
  const request = namedOf(holder, name)
  if (act === 'unset') return request
  if (text !== undefined) return { ...request, text }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot set ${request.name} of "${holder}" to nothing: expected a value; \`guildhall attribute unset\` takes one away`,
  )
}

type Refused = Extract<ValueAnswer, { readonly refused: object }>

function refusal(act: Act, { holder, name, refused: { reason, message } }: Refused): GuildhallError {
  return new GuildhallError('ATTRIBUTE_REFUSED', `Cannot ${act} ${name} of "${holder}": ${message}`, {
    facts: { holder, name, reason },
  })
}

function unreadable(
  { holder, name, refused: { reason, message } }: Extract<ReadAnswer, { readonly refused: object }>,
  as: string | undefined,
): GuildhallError {
  const code = reason === 'not-allowed' ? 'ACTOR_NOT_ELIGIBLE' : 'OBJECT_UNKNOWN'
  const who = as === undefined ? '' : ` as "${as}"`
  return new GuildhallError(code, `Cannot read ${name} of "${holder}"${who}: ${message}`, {
    facts: { holder, name, reason },
  })
}
