import { Command, InvalidArgumentError } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { IdentityAct, IdentityAnswer, IdentityOn } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { identitiesText } from '../acts/identities-text.ts'
import { heldExitCode, printAnswers, refusalJson } from '../acts/print-answers.ts'
import { describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import { reasonOnLine } from '../lines/read-reasoned.ts'
import { readMoment } from '../read-moment.ts'
import type { Shell } from '../shell.ts'
import { readAbilities } from '../system/abilities.ts'
import { withState } from '../system/state.ts'

interface IdentityOptions extends CommonOptions {
  readonly user?: string
  readonly loa?: number
  readonly at?: Date
  readonly attribute?: Readonly<Record<string, string>>
  readonly as?: string
  readonly reason?: string
}

/** Makes `guildhall identity`. */
export function identityCommand(shell: Shell): Command {
  return new Command('identity')
    .summary('join identities to people, and note that they were seen')
    .description('Joins identities to people, and notes when their sources saw them, with which LoA.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall identity seen idp/ada --loa 2  seen now; memberships that waited for the level go on',
    )
    .addCommand(addCommand(shell))
    .addCommand(removeCommand(shell))
    .addCommand(seenCommand(shell))
}

function addCommand(shell: Shell): Command {
  const command = withSighting(
    changing({
      name: 'add',
      summary: 'join an identity to a person, or begin a new person with it',
      line: '{"identity":"orcid/0000-0002-1825-0097","user":"idp/ada","loa":2}',
      examples: [
        ['guildhall identity add orcid/0000-0002-1825-0097 --user idp/ada', 'ada has one more from then on'],
        ['guildhall identity add idp/linus', 'somebody nobody knew so far'],
      ],
    }).option('--user <identity>', 'whose it becomes, by any identity of theirs', named('an identity')),
  )
  return command.action(() => run(shell, command, 'add'))
}

function removeCommand(shell: Shell): Command {
  const command = changing({
    name: 'remove',
    summary: 'take an identity from its person, who keeps the others',
    line: '{"identity":"idp/ada.old"}',
    examples: [['guildhall identity remove idp/ada.old --reason "account closed"', 'the others stay']],
  })
  return command.action(() => run(shell, command, 'remove'))
}

function seenCommand(shell: Shell): Command {
  const command = withSighting(
    changing({
      name: 'seen',
      summary: 'note that a source saw an identity, with which LoA',
      line: seenLine,
      examples: [
        ['guildhall identity seen idp/ada --loa 2', 'now'],
        ['guildhall identity seen idp/ada --loa 2 --at 2026-11-01T08:30:00Z --attribute eppn=ada@example.org', 'then'],
        ['guildhall identity seen < sightings.ndjson', 'many at once'],
      ],
    }),
  )
  return command.action(() => run(shell, command, 'seen'))
}

interface Description extends Pick<CommandDescription, 'name' | 'summary' | 'examples'> {
  /** What stands on a line of standard input. */
  readonly line: string
}

function changing({ line, ...description }: Description): Command {
  return describeCommand({
    ...{ ...description, arguments: '[identity...]' },
    exitCodes: { 1: 'error, or something was refused', ...heldExitCode },
  })
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .addHelpText(
      'after',
      `
Without identities it reads NDJSON from standard input, one a line, and answers with a line each in the same order:
  ${line}
${reasonOnLine}`,
    )
}

const seenLine = '{"identity":"idp/ada","loa":2,"at":"2026-11-01T08:30:00Z","attributes":{"eppn":"ada@example.org"}}'

function withSighting(command: Command): Command {
  return command
    .option('--loa <level>', 'the LoA it was seen with, 0 to 3', levelOption)
    .option('--at <time>', 'when it was seen (default: now)', timeOption)
    .option('--attribute <name=value>', 'what its source says of the person; may be given again', attributeOption)
}

function levelOption(text: string): number {
  if (/^[0-3]$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a LoA from 0 to 3')
}

function timeOption(text: string): Date {
  const at = readMoment(text)
  if (at !== undefined) return at
  throw new InvalidArgumentError('expected a time such as 2026-11-01T08:30:00Z')
}

type Attributes = Readonly<Record<string, string>>

function attributeOption(text: string, before: Attributes = {}): Attributes {
  const sign = text.indexOf('=')
  if (sign > 0) return { ...before, [text.slice(0, sign)]: text.slice(sign + 1) }
  throw new InvalidArgumentError('expected a name and a value such as eppn=ada@example.org')
}

async function run(shell: Shell, command: Command, act: IdentityAct): Promise<void> {
  const { readIdentities, identitiesOf } = await import('../acts/read-identities.ts')
  const { surroundingsFor } = await import('../../connectors/config-repo/validate-folder.ts')
  const options = command.opts<IdentityOptions>()
  const { user, loa, at, attribute: attributes, as, reason = '' } = options
  const isStream = command.args.length === 0
  const given = { user, loa, at, attributes }
  const requests: readonly IdentityOn[] = isStream
    ? await readIdentities(shell.input(), act, given)
    : identitiesOf(command.args, given)
  const input = {
    ...{ act, requests, reason, now: shell.now() },
    compileSchema: surroundingsFor(readAbilities()).compileSchema,
    ...actingAs(shell, as),
  }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.changeIdentities(tx, input), store.asAct),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'identities', text: () => `${identitiesText(answers)}\n` },
    refusal: (answer) => ('refused' in answer ? refusal(act, answer) : undefined),
    held: (answer) => ('held' in answer ? answer.held : undefined),
    json: (answer, refused) =>
      refused === undefined ? answer : { identity: answer.identity, ...refusalJson(refused) },
  })
}

type Refused = Extract<IdentityAnswer, { readonly refused: object }>

const verbs: Readonly<Record<IdentityAct, string>> = { add: 'add', remove: 'remove', seen: 'note a sighting of' }

function refusal(act: IdentityAct, { identity, refused: { reason, message } }: Refused): GuildhallError {
  return new GuildhallError('IDENTITY_REFUSED', `Cannot ${verbs[act]} identity "${identity}": ${message}`, {
    facts: { identity, reason },
  })
}
