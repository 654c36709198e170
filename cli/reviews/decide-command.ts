import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { ReviewDecision } from '../../core/reviews/decision.ts'
import type { DecisionAnswer, DecisionOn } from '../../store/index.ts'
import { decideReview } from '../../api/acts/reviews/decide.ts'
import { actContext } from '../acts/act-context.ts'
import { asOption } from '../acts/acting-as.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { readId } from './read-id.ts'

interface DecideOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
  readonly keep?: boolean
  readonly remove?: boolean
  readonly to?: string
}

/** Makes `guildhall review decide`. */
export function decideCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'decide', arguments: '<id> [identity...]', summary: 'say of people whether they stay' },
    description:
      'Says of people in a review that they stay, that they go, or that another sponsor answers for them. Nothing comes of it before the review is closed, and a later word takes the place of this one.',
    examples: [
      ['guildhall review decide 3 idp/alan idp/eve --keep --as idp/ada', 'they stay'],
      ['guildhall review decide 3 idp/kurt --remove --as idp/ada --reason "left the project"', 'he goes'],
      ['guildhall review decide 3 idp/guest --to idp/grace --as idp/ada', 'she answers for the guest from then on'],
      ['guildhall review decide 3 --as idp/ada < decisions.ndjson', 'many at once'],
    ],
    exitCodes: { 1: 'error, or somebody was refused' },
  })
    .addOption(asOption())
    .option('--keep', 'they stay')
    .option('--remove', 'they go')
    .option('--to <identity>', 'another sponsor answers for them', named('an identity'))
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .addHelpText(
      'after',
      `
Without identities it reads NDJSON from standard input, a person a line, and answers with a line each in the same order:
  {"user":"idp/kurt","decision":"remove","reason":"left the project"}
  {"user":"idp/guest","decision":"transfer","to":"idp/grace"}`,
    )
  return command.action(() => run(shell, command))
}

async function run(shell: Shell, command: Command): Promise<void> {
  const [id = '', ...users] = command.args
  const options = command.opts<DecideOptions>()
  const review = readId(id)
  const isStream = users.length === 0
  const requests = isStream ? await linesOf(shell, options) : requestsOf(users, options)
  const { as } = options
  const input = { review, decisions: requests, ...(as !== undefined && { as }) }
  const { decisions: answers } = await withState(shell, options, (open) =>
    decideReview.run(actContext(shell, open), input),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'decisions', text: () => textOf(answers) },
    refusal: (answer) => ('refused' in answer ? refusal(answer, review) : undefined),
    json: (answer, refused) => (refused === undefined ? answer : { user: answer.user, ...refusalJson(refused) }),
  })
}

async function linesOf(shell: Shell, { reason = '', keep, remove, to }: DecideOptions): Promise<DecisionOn[]> {
  if ([keep, remove, to].some((option) => option !== undefined))
    throw misused('name the people, or say it on each line')
  const { readDecisions } = await import('./read-decisions.ts')
  return readDecisions(shell.input(), reason)
}

function requestsOf(users: readonly string[], options: DecideOptions): DecisionOn[] {
  const { to, reason = '' } = options
  for (const user of [...users, ...(to === undefined ? [] : [to])]) requireIdentity(user, 'act on')
  const decision = decisionOf(options)
  return users.map((user) => ({ user, decision, reason, ...(to !== undefined && { to }) }))
}

function decisionOf({ keep, remove, to }: DecideOptions): ReviewDecision {
  const said: readonly ReviewDecision[] = [
    ...(keep === true ? ['keep' as const] : []),
    ...(remove === true ? ['remove' as const] : []),
    ...(to === undefined ? [] : ['transfer' as const]),
  ]
  const [decision] = said
  if (decision !== undefined && said.length === 1) return decision
  throw misused('say one of `--keep`, `--remove` and `--to SPONSOR`')
}

function misused(message: string): GuildhallError {
  return new GuildhallError('COMMAND_MISUSED', `Cannot tell what is decided: ${message}`)
}

type Refused = Extract<DecisionAnswer, { readonly refused: object }>

function refusal({ user, refused: { reason, message } }: Refused, review: number): GuildhallError {
  return new GuildhallError('REVIEW_REFUSED', `Cannot decide about "${user}" in review ${review}: ${message}`, {
    facts: { user, reason },
  })
}

function textOf(answers: readonly DecisionAnswer[]): string {
  const rows = answers.map((answer) =>
    'refused' in answer
      ? [answer.user, 'refused', `${answer.refused.reason}: ${answer.refused.message}`]
      : [answer.user, answer.decision, `as ${answer.role}`],
  )
  return `${renderTable(['USER', 'DECISION', ''], rows)}\n`
}
