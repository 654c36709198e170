import type { Command } from 'commander'
import type { MemberAct } from '../../core/lifecycle/acts/standing.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ActAnswer, ActInput, ActOn } from '../../store/index.ts'
import { describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { actsText } from './acts-text.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from './acting-as.ts'
import { dayOption } from './day-option.ts'
import { heldExitCode, printAnswers, refusalJson } from './print-answers.ts'
import { withState } from '../system/state.ts'

interface ActOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
  readonly expires?: string
  readonly never?: boolean
}

/** A command that does one thing to memberships. */
export interface ActDescription extends Pick<CommandDescription, 'summary' | 'description' | 'examples'> {
  readonly act: MemberAct
  /** Whether a date may or must be given, or makes no sense. */
  readonly date?: 'may' | 'must'
  /** Whether a reason must be given. */
  readonly reason?: 'must'
}

/** What is acted on, such as `astro`, or `astro/telescope`. */
export interface ActPlace {
  /** As commander writes it: `<vo>`. */
  readonly argument: string
  readonly read: (text: string) => Pick<ActInput, 'vo' | 'group'>
}

const lineForm = `
Without identities it reads NDJSON from standard input, a person a line, and answers with a line each in the same order:
  {"user":"idp/ada","reason":"visiting"}
What a line says goes before the options.`
const datedForm = lineForm.replace('"reason"', '"expires":"2027-01-31","reason"')

/** Makes a command that acts on memberships: people as arguments, or as lines on standard input. */
export function actCommand(shell: Shell, place: ActPlace, description: ActDescription): Command {
  const { act, date, reason } = description
  const command = describeCommand({
    ...{ name: act, arguments: `${place.argument} [identity...]`, summary: description.summary },
    ...(description.description === undefined ? {} : { description: description.description }),
    examples: description.examples,
    exitCodes: { 1: 'error, or somebody was refused', ...heldExitCode },
  })
    .addOption(asOption())
    .option(
      '--reason <text>',
      reason === 'must'
        ? 'why, for whoever asks later; required but where each line says it'
        : 'why, for whoever asks later',
      named('a reason'),
    )
    .addHelpText('after', date === undefined ? lineForm : datedForm)
  if (date !== undefined) {
    command.option('--expires <day>', 'the first day on which the membership is over', dayOption)
    command.option('--never', 'the membership has no end')
  }
  return command.action(async () => {
    const [where = '', ...users] = command.args
    const options = command.opts<ActOptions>()
    await run(shell, { ...place.read(where), act, users, options, date, mustReason: reason === 'must' })
  })
}

interface Run extends Pick<ActInput, 'act' | 'vo' | 'group'> {
  readonly users: readonly string[]
  readonly options: ActOptions
  readonly date: ActDescription['date']
  readonly mustReason: boolean
}

async function run(shell: Shell, { users, options, date, mustReason, ...place }: Run): Promise<void> {
  const { readRequests, requestsOf } = await import('./read-requests.ts')
  const expires = dateOf(options)
  const isStream = users.length === 0
  const requests = isStream
    ? await readRequests(shell.input(), { date, expires, reason: options.reason, mustReason })
    : requestsOf(users, expires)
  if (!isStream) {
    if (mustReason) requireReason(place.act, options)
    if (date === 'must') requireDate(expires)
  }
  const answers = await doIt(shell, { ...place, requests, options })
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'members', text: () => textOf(answers, place) },
    refusal: (answer) => ('refused' in answer ? refusal(answer, place) : undefined),
    held: (answer) => ('held' in answer ? answer.held : undefined),
    json: (answer, refused) => (refused === undefined ? answer : { user: answer.user, ...refusalJson(refused) }),
  })
}

interface Doing extends Pick<ActInput, 'act' | 'vo' | 'group'> {
  readonly requests: readonly ActOn[]
  readonly options: ActOptions
}

async function doIt(shell: Shell, { options, ...input }: Doing): Promise<readonly ActAnswer[]> {
  if (input.requests.length === 0) return []
  const { as, reason = '' } = options
  const who = actingAs(shell, as)
  return withState(shell, options, ({ store, pool }) =>
    store.inTransaction(
      pool,
      (tx) => store.actOnMembers(tx, { ...input, ...who, reason, now: shell.now() }),
      store.asAct,
    ),
  )
}

function dateOf({ expires, never }: ActOptions): string | null | undefined {
  if (never !== true) return expires
  if (expires === undefined) return null
  throw new GuildhallError('COMMAND_MISUSED', 'Cannot set a date and none: give `--expires` or `--never`')
}

function requireDate(expires: string | null | undefined): void {
  if (expires !== undefined) return
  throw new GuildhallError('COMMAND_MISUSED', 'Cannot set a date without one: add `--expires 2027-01-31`, or `--never`')
}

function requireReason(act: string, { reason }: ActOptions): void {
  if (reason !== undefined) return
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot ${act} anybody without a reason; add \`--reason "…"\` for whoever asks later`,
  )
}

type Refused = Extract<ActAnswer, { readonly refused: object }>

function refusal(
  { user, refused }: Refused,
  { act, vo, group }: Pick<ActInput, 'act' | 'vo' | 'group'>,
): GuildhallError {
  const { reason, message } = refused
  const place = group === undefined ? vo : `${vo}/${group}`
  return new GuildhallError('MEMBERSHIP_REFUSED', `Cannot ${verbs[act]} "${user}" in "${place}": ${message}`, {
    facts: { user, reason },
  })
}

const verbs: Readonly<Record<MemberAct, string>> = {
  ...{ add: 'add', remove: 'remove', extend: 'extend', expires: 'set the date of', disable: 'disable' },
  ...{ enable: 'enable', leave: 'let go', delete: 'delete' },
}

function textOf(answers: readonly ActAnswer[], place: Pick<ActInput, 'vo'>): string {
  const lacks = answers.some((answer) => 'status' in answer && answer.status === 'INVALID')
  const hint = `INVALID lacks what the VO or a service requires; \`guildhall why IDENTITY ${place.vo}/RESOURCE\` names it`
  return `${[actsText(answers), ...(lacks ? [hint] : [])].join('\n\n')}\n`
}
