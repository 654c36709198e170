import { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { DeclineAnswer, DeclineOn } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { reasonOnLine } from '../lines/read-reasoned.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { splitGroup } from '../acts/split-group.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'

interface DeclineOptions extends CommonOptions {
  readonly as?: string
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
    arguments: '<vo[/group]> [identity...]',
    summary: 'do not renew: no more notices of this end; another date brings them back',
    examples: [
      ['guildhall notices decline astro idp/ada --as idp/ada', 'her own choice'],
      ['guildhall notices decline astro/telescope idp/ada', 'of a group, whose end is another one'],
      ['guildhall notices decline astro --reason "project ends" < leaving.ndjson', 'many at once'],
    ],
    exitCodes: { 1: 'error, or somebody was refused' },
  })
    .addOption(asOption())
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
  const [place = '', ...users] = command.args
  const options = command.opts<DeclineOptions>()
  const { as, reason = '' } = options
  const { vo, group } = place.includes('/') ? splitGroup(place) : { vo: place }
  const isStream = users.length === 0
  const requests = isStream ? await linesOf(shell) : users.map((user) => ({ user }))
  for (const user of users) requireIdentity(user)
  const input = { vo, group, requests, reason, now: shell.now(), ...actingAs(shell, as) }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.declineNotices(tx, input), store.asAct),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'notices', text: () => textOf(answers) },
    refusal: (answer) => ('refused' in answer ? refusal(answer, place) : undefined),
    json: ({ user, ...answer }, refused) =>
      refused === undefined ? { user, declined: true, ...answer } : { user, ...refusalJson(refused) },
  })
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
      : [answer.user, 'declined', answer.date],
  )
  return `${renderTable(['USER', 'NOTICES', 'OF THE END'], rows)}\n`
}
