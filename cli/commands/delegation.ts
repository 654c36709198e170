import { Command } from 'commander'
import { addDelegation, endDelegation, listDelegations, type EndedDelegation } from '../../api/acts/delegations.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { DelegationRequest } from '../../store/index.ts'
import { actContext } from '../acts/act-context.ts'
import { attempt, type Attempt } from '../acts/attempt.ts'
import { asOption } from '../acts/acting-as.ts'
import { dayOption } from '../acts/day-option.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import { addDelegations, type Asked } from '../delegations/add-delegations.ts'
import { renderDelegations } from '../delegations/delegations-text.ts'
import { readDelegations, readEndings } from '../delegations/read-delegations.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

/** Makes `guildhall delegation`. */
export function delegationCommand(shell: Shell): Command {
  return new Command('delegation')
    .summary('let somebody decide about applications for who is away')
    .description('Lets somebody decide about applications for who is away: what they decide counts for that person.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall delegation add idp/ada idp/grace --vo astro --until 2027-09-01 --reason "holidays"  grace decides for ada',
    )
    .addCommand(addCommand(shell))
    .addCommand(endCommand(shell))
    .addCommand(listCommand(shell))
}

interface AddOptions extends CommonOptions {
  readonly as?: string
  readonly vo?: string
  readonly all?: boolean
  readonly from?: string
  readonly until?: string
  readonly reason?: string
}

function addCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'add',
    arguments: '[delegator] [delegate]',
    summary: 'let somebody stand in for who is away, who says so by `--as`, or an admin does',
    examples: [
      [
        'guildhall delegation add idp/ada idp/grace --vo astro --from 2027-08-01 --until 2027-09-01 --reason "holidays" --as idp/ada',
        'the last day is 31 August',
      ],
      ['guildhall delegation add idp/ada idp/grace --all --reason "on leave"', 'in all VOs, until it is ended'],
      [
        'guildhall delegation add --reason "strike" < delegations.ndjson',
        'many at once, {"delegator":"idp/ada","delegate":"idp/grace","vo":"astro"} a line; what a line says goes before the options',
      ],
    ],
    exitCodes: { 1: 'error, or one was refused' },
  })
    .option('--vo <name>', 'in one VO and its groups', named('a VO'))
    .option('--all', 'in all VOs')
    .option('--from <day>', 'the first day; at once where there is none', dayOption)
    .option('--until <day>', 'the first day without it', dayOption)
    .option('--reason <text>', 'why, for whoever asks later; required but where each line says it', named('a reason'))
    .addOption(asOption())
  return command.action(async () => {
    const options = command.opts<AddOptions>()
    const { as, from = null, until = null, reason } = options
    if (as !== undefined) requireIdentity(as)
    const said = { vo: voOf(options), reason, from, until }
    const isStream = command.args.length === 0
    const requests = isStream ? await readDelegations(shell.input(), said) : [requestOf(command.args, said)]
    await addDelegations(shell, options, { asked: requests.map((request) => askedOf(request, as)), isStream })
  })
}

function askedOf({ vo, from, until, reason, ...people }: DelegationRequest, as: string | undefined): Asked {
  const place = vo === undefined ? ({ all: true } as const) : { vo }
  const days = { ...(from !== null && { from }), ...(until !== null && { until }) }
  const input = { ...people, ...place, ...days, reason, ...(as !== undefined && { as }) }
  return { ...people, vo: vo ?? null, application: null, make: async (context) => addDelegation.run(context, input) }
}

/** Null for all VOs. */
function voOf({ vo, all = false }: AddOptions): string | null | undefined {
  if (vo !== undefined && all)
    throw new GuildhallError('COMMAND_MISUSED', 'Cannot delegate both in one VO and in all: give `--vo` or `--all`')
  return all ? null : vo
}

type Said = Parameters<typeof readDelegations>[1]

function requestOf(
  [delegator = '', delegate = '']: readonly string[],
  { vo, from, until, reason }: Said,
): DelegationRequest {
  requireIdentity(delegator)
  if (delegate === '')
    throw new GuildhallError('COMMAND_MISUSED', `Cannot delegate what "${delegator}" does: name who stands in for them`)
  requireIdentity(delegate)
  if (vo === undefined)
    throw new GuildhallError('COMMAND_MISUSED', 'Cannot tell where to delegate: give `--vo NAME`, or `--all`')
  if (reason === undefined)
    throw new GuildhallError('COMMAND_MISUSED', 'Cannot delegate without a reason: expected `--reason "…"`')
  return { delegator, delegate, ...(vo === null ? {} : { vo }), from, until, reason }
}

interface EndOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
}

function endCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'end',
    arguments: '[id...]',
    summary: 'end delegations before their time; what was decided by them keeps counting',
    examples: [
      ['guildhall delegation end 3 --reason "back again" --as idp/ada', 'as who was away, or who stood in'],
      ['guildhall delegation end < ids.ndjson', 'many at once, {"delegation":3,"reason":"back again"} a line'],
    ],
    exitCodes: { 1: 'error, or one was refused' },
  })
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .addOption(asOption())
  return command.action(async () => {
    const options = command.opts<EndOptions>()
    const { as, reason = '' } = options
    if (as !== undefined) requireIdentity(as)
    const isStream = command.args.length === 0
    const requests = isStream
      ? await readEndings(shell.input(), reason)
      : command.args.map((text) => ({ delegation: readNumber(text), reason }))
    const answers = await withState(shell, options, async (open) => {
      const context = actContext(shell, open)
      const done: EndAnswer[] = []
      for (const request of requests) {
        const input = { ...request, ...(as !== undefined && { as }) }
        const answer = await attempt(() => endDelegation.run(context, input))
        done.push({ delegation: request.delegation, ...answer })
      }
      return done
    })
    printAnswers(shell, options, {
      ...{ answers, isStream, key: 'delegations', text: () => endText(answers) },
      refusal: (answer) => ('error' in answer ? answer.error : undefined),
      json: (answer, refused) =>
        refused === undefined ? answer : { delegation: answer.delegation, ...refusalJson(refused) },
    })
  })
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot read "${text}": expected the number of a delegation, as \`guildhall delegation list\` shows it`,
    { facts: { delegation: text } },
  )
}

type EndAnswer = Pick<EndedDelegation, 'delegation'> & Attempt<EndedDelegation>

function endText(answers: readonly EndAnswer[]): string {
  const lines = answers.map((answer) =>
    'error' in answer
      ? `${answer.delegation}: refused, ${answer.error.message}`
      : `Delegation ${answer.delegation} has ended`,
  )
  return `${lines.join('\n')}\n`
}

interface ListOptions extends CommonOptions {
  readonly vo?: string
  readonly delegator?: string
  readonly delegate?: string
  readonly ended?: boolean
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'list',
    summary: 'list delegations in force and to come',
    examples: [
      ['guildhall delegation list --delegate idp/grace', 'for whom she stands in'],
      ['guildhall delegation list --vo astro --ended --json', 'also those of before, for a program'],
    ],
  })
    .option('--vo <name>', 'only those that hold in a VO', named('a VO'))
    .option('--delegator <identity>', 'only of who is away', named('an identity'))
    .option('--delegate <identity>', 'only of who stands in', named('an identity'))
    .option('--ended', 'also those that have ended')
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const { vo, delegator, delegate, ended } = options
    for (const identity of [delegator, delegate]) if (identity !== undefined) requireIdentity(identity)
    const filter = {
      ...(vo !== undefined && { vo }),
      ...(delegator !== undefined && { delegator }),
      ...(delegate !== undefined && { delegate }),
      ...(ended !== undefined && { ended: 'true' as const }),
    }
    const { delegations } = await withState(shell, options, (open) =>
      listDelegations.run(actContext(shell, open), filter),
    )
    return { json: { delegations }, text: renderDelegations(delegations) }
  })
}
