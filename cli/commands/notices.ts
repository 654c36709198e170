import { Command } from 'commander'
import { declineByKey, declineNotices } from '../../api/acts/notices.ts'
import { GuildhallError } from '../../core/errors.ts'
import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import type { DeclineAnswer, DeclinedByKey, DeclineOn } from '../../store/index.ts'
import { actContext } from '../acts/act-context.ts'
import { asOption } from '../acts/acting-as.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { reasonOnLine } from '../lines/read-reasoned.ts'
import { readKey } from '../acts/read-key.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { splitGroup } from '../acts/split-group.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'

interface DeclineOptions extends CommonOptions {
  readonly as?: string
  readonly key?: string
  readonly reason?: string
}

/** Makes `guildhall notices`. */
export function noticesCommand(shell: Shell): Command {
  return new Command('notices')
    .summary('decline notices of the end of a membership')
    .description('Declines notices of the end of a membership that is not to be renewed.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall notices decline astro idp/ada  she lets it end and wants no more mail',
    )
    .addCommand(declineCommand(shell))
}

function declineCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'decline',
    arguments: '[vo[/group]] [identity...]',
    summary: 'do not renew: no more notices of this end; another date brings them back',
    examples: [
      ['guildhall notices decline astro idp/ada --as idp/ada', 'her own choice'],
      ['guildhall notices decline astro/telescope idp/ada', 'of a group, whose end is another one'],
      ['guildhall notices decline astro --reason "project ends" < leaving.ndjson', 'many at once'],
      ['guildhall notices decline --key -', 'by the key of a mail, of all ends that it tells of'],
    ],
    exitCodes: { 1: 'error, or somebody was refused' },
  })
    .addOption(asOption())
    .option('--key <key>', 'that a mail with notices brings; - reads it from standard input', named('a key'))
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .addHelpText(
      'after',
      `
Without identities it reads NDJSON from standard input, a person a line, and answers with a line each in the same order:
  {"user":"idp/ada"}
${reasonOnLine}`,
    )
  return command.action(() => decline(shell, command))
}

async function decline(shell: Shell, command: Command): Promise<void> {
  const [place, ...users] = command.args
  const options = command.opts<DeclineOptions>()
  if (options.key !== undefined) return declineWithKey(shell, { ...options, key: options.key, place, users })
  if (place === undefined)
    throw new GuildhallError(
      'COMMAND_MISUSED',
      'Cannot tell which notices are declined: name a VO or group such as "astro" or "astro/telescope", or give the key of a mail by `--key`',
    )
  return declineFor(shell, options, { place, users })
}

interface Asked {
  readonly place: string
  readonly users: readonly string[]
}

async function declineFor(shell: Shell, options: DeclineOptions, { place, users }: Asked): Promise<void> {
  const { as, reason } = options
  const isStream = users.length === 0
  for (const user of users) requireIdentity(user)
  const people = isStream ? await linesOf(shell) : users.map((user) => ({ user }))
  const input = { ...setOf(place), people, ...(reason !== undefined && { reason }), ...(as !== undefined && { as }) }
  const { notices: answers } = await withState(shell, options, (open) =>
    declineNotices.run(actContext(shell, open), input),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'notices', text: () => textOf(answers) },
    refusal: (answer) => ('refused' in answer ? refusal(answer, place) : undefined),
    json: ({ user, ...answer }, refused) =>
      refused === undefined ? { user, declined: true, ...answer } : { user, ...refusalJson(refused) },
  })
}

function setOf(place: string): { readonly vo: string; readonly group?: string } {
  return place.includes('/') ? splitGroup(place) : { vo: place }
}

interface ByKey extends DeclineOptions {
  readonly key: string
  readonly place: string | undefined
  readonly users: readonly string[]
}

async function declineWithKey(shell: Shell, { key, place, users, reason, ...options }: ByKey): Promise<void> {
  if (options.as !== undefined || users.length > 0)
    throw new GuildhallError(
      'COMMAND_MISUSED',
      'Cannot decline notices by a key for anybody else than who got it: leave out `--as` and identities, or `--key`',
    )
  const input = {
    ...{ key: await readKey(shell, { key }), ...(place !== undefined && setOf(place)) },
    ...(reason !== undefined && { reason }),
  }
  const declined = await withState(shell, options, (open) => declineByKey.run(actContext(shell, open), input))
  shell.print(options.json === true ? `${JSON.stringify(declined, null, 2)}\n` : byKeyText(declined))
}

async function linesOf(shell: Shell): Promise<DeclineOn[]> {
  const { readDeclinings } = await import('../acts/read-requests.ts')
  return readDeclinings(shell.input())
}

type Refused = Extract<DeclineAnswer, { readonly refused: object }>

function refusal({ user, refused: { reason, message } }: Refused, place: string): GuildhallError {
  return new GuildhallError('MEMBERSHIP_REFUSED', `Cannot decline notices to "${user}" in "${place}": ${message}`, {
    facts: { user, reason },
  })
}

function textOf(answers: readonly DeclineAnswer[]): string {
  const rows = answers.map((answer) =>
    'refused' in answer
      ? [answer.user, 'refused', `${answer.refused.reason}: ${answer.refused.message}`]
      : [answer.user, 'declined', lastDayBefore(answer.date)],
  )
  return `${renderTable(['USER', 'NOTICES', 'LAST DAY'], rows)}\n`
}

function byKeyText({ user, declined }: DeclinedByKey): string {
  const rows = declined.map(({ vo, group, date }) => [
    user,
    'declined',
    group === null ? vo : `${vo}/${group}`,
    lastDayBefore(date),
  ])
  return `${renderTable(['USER', 'NOTICES', 'OF', 'LAST DAY'], rows)}\n`
}
