import { InvalidArgumentError, type Command } from 'commander'
import { decidingActs, type Decided, type DecideInput, type DecidingAct } from '../../api/acts/applications/decide.ts'
import { actContext } from '../acts/act-context.ts'
import { asOption } from '../acts/acting-as.ts'
import { attempt, type Attempt } from '../acts/attempt.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { collect, readAnswers, type AnswerOptions } from './read-answers.ts'
import { readId } from './read-id.ts'

interface DecideOptions extends CommonOptions, AnswerOptions {
  readonly as?: string
  readonly for?: string
  readonly reason?: string
  readonly seen?: NonNullable<DecideInput['seen']>
}

const wordings: Readonly<Record<DecidingAct, Pick<CommandDescription, 'summary' | 'examples'>>> = {
  approve: {
    summary: 'approve applications; the last approval that is needed makes the membership',
    examples: [['guildhall application approve 12 13 --as idp/ada', 'as one of the managers']],
  },
  reject: {
    summary: 'reject applications',
    examples: [['guildhall application reject 12 --as idp/ada --reason "not of our project"', 'told to who applied']],
  },
  'request-changes': {
    summary: 'ask for other answers',
    examples: [
      ['guildhall application request-changes 12 --as idp/ada --reason "which project?"', 'until they answer'],
    ],
  },
  withdraw: {
    summary: 'take back an application of your own',
    examples: [['guildhall application withdraw 12 --as idp/alan', 'as who filed it']],
  },
  resubmit: {
    summary: 'give other answers; approvals of the old ones count no more',
    examples: [['guildhall application resubmit 12 --as idp/alan --answers answers.json', 'all answers anew']],
  },
}

/** Makes the commands that do something to an application. */
export function decidingCommands(shell: Shell): Command[] {
  const acts = ['approve', 'reject', 'request-changes', 'withdraw', 'resubmit'] as const
  return acts.map((act) => decidingCommand(shell, act))
}

function decidingCommand(shell: Shell, act: DecidingAct): Command {
  const command = describeCommand({
    ...{ name: act, arguments: act === 'resubmit' ? '<id>' : '<id...>', ...wordings[act] },
    exitCodes: { 1: 'error, or nothing came of it' },
  })
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever applied and whoever asks later', named('a reason'))
    .option('--seen <version:policy>', 'what was looked at; refused where it is another by now', seenOption)
  if (act !== 'resubmit' && act !== 'withdraw')
    command.option('--for <identity>', 'for whom, where one stands in for several', named('an identity'))
  if (act === 'resubmit')
    command
      .option('--answers <file>', 'a JSON object of answers; - for standard input', named('a file'))
      .option('--answer <name=value>', 'one answer, as JSON or text; may be repeated', collect)
  return command.action(() => run(shell, command, act))
}

function seenOption(text: string): NonNullable<DecideInput['seen']> {
  const [, version, policy] = /^([1-9]\d{0,8}):([0-9a-f]{64})$/.exec(text) ?? []
  if (version !== undefined && policy !== undefined) return { version: Number(version), policy }
  throw new InvalidArgumentError('expected a version and the whole policy that `application show --json` gives')
}

async function run(shell: Shell, command: Command, act: DecidingAct): Promise<void> {
  const options = command.opts<DecideOptions>()
  const { as, for: standsFor, reason = '', seen } = options
  for (const identity of [as, standsFor]) if (identity !== undefined) requireIdentity(identity)
  const ids = command.args.map(readId)
  const decision = {
    ...{ reason, ...(as !== undefined && { as }), ...(seen !== undefined && { seen }) },
    ...(standsFor !== undefined && { standsFor }),
    ...(act === 'resubmit' && { answers: await readAnswers(shell, options) }),
  }
  const answers = await withState(shell, options, async (open) => {
    const context = actContext(shell, open)
    const done: Answered[] = []
    for (const application of ids)
      done.push({
        application,
        ...(await attempt(() => decidingActs[act].run(context, { ...decision, application }))),
      })
    return done
  })
  printAnswers(shell, options, {
    ...{ answers, isStream: false, key: 'applications', text: () => textOf(answers) },
    refusal: (answer) => ('error' in answer ? answer.error : undefined),
    json: (answer, refused) =>
      refused === undefined ? answer : { application: answer.application, ...refusalJson(refused) },
  })
}

type Answered = Pick<Decided, 'application'> & Attempt<Decided>

function textOf(answers: readonly Answered[]): string {
  const rows = answers.map((answer) =>
    'error' in answer
      ? [String(answer.application), 'refused', answer.error.message]
      : [String(answer.application), answer.state, ''],
  )
  return `${renderTable(['ID', 'STATE', 'WHY'], rows)}\n`
}
