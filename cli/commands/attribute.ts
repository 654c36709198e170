import { Command } from 'commander'
import { holderForm } from '../../core/attributes/holder-reference.ts'
import { holders } from '../../core/attributes/holders.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ValueAnswer, ValueOn, ValueRead, ValueReading } from '../../store/index.ts'
import { actingAs, asOption } from '../acts/acting-as.ts'
import { heldExitCode, printAnswers, refusalJson } from '../acts/print-answers.ts'
import { valuesText, valueText } from '../acts/values-text.ts'
import { answerWith, describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
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
    ...{ name: 'get', arguments: '<holder> <name>', summary: 'read one value' },
    examples: [
      ['guildhall attribute get user:idp/ada email', 'a person’s'],
      ['guildhall attribute get member:astro/idp/ada badge --json', 'of a membership'],
      ['guildhall attribute get host:hpc/login1.hpc.example.org room', 'one that git gives'],
    ],
  }).addOption(asOption())
  return answerWith<ValueOptions>(command, shell, async ({ arguments: [holder = '', name = ''], options }) => {
    const { namedOf } = await import('../acts/read-values.ts')
    const [read] = await readHere(shell, options, namedOf(holder, name))
    const text = read?.value === null || read === undefined ? 'none' : valueText(read.value)
    return { json: read ?? null, text }
  })
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'list', arguments: '<holder>', summary: 'list the values of something or somebody' },
    examples: [['guildhall attribute list user-facility:hpc/idp/ada', 'with who gave them']],
  }).addOption(asOption())
  return answerWith<ValueOptions>(command, shell, async ({ arguments: [holder = ''], options }) => {
    const { requireHolder } = await import('../acts/read-values.ts')
    const values = await readHere(shell, options, { holder: requireHolder(holder) })
    const rows = values.map(({ name, value, origin, at }) => [name, valueText(value), at ?? origin ?? ''])
    return {
      json: { values },
      text: rows.length === 0 ? 'There are none.' : renderTable(['NAME', 'VALUE', 'FROM'], rows),
    }
  })
}

async function readHere(
  shell: Shell,
  { as, ...options }: ValueOptions,
  reading: Omit<ValueReading, 'actor'>,
): Promise<readonly ValueRead[]> {
  const who = as === undefined ? {} : { actor: as }
  return withState(shell, options, ({ store, pool }) => store.readValues(pool, { ...reading, ...who }))
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
    .addHelpText(
      'after',
      `
Without arguments it reads NDJSON from standard input, a value a line, and answers with a line each in the same order:
  {"holder":"user:idp/ada","name":"shell"${value}}`,
    )
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
