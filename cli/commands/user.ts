import { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { EraseAnswer } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { confirmIdentities } from '../acts/confirm-identities.ts'
import { erasuresText } from '../acts/erasures-text.ts'
import { heldExitCode, printAnswers, refusalJson } from '../acts/print-answers.ts'
import { readUsers, requestsOf } from '../acts/read-requests.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

interface EraseOptions extends CommonOptions {
  readonly as?: string
  readonly reason: string
  readonly yes?: boolean
}

/** Makes `guildhall user`. */
export function userCommand(shell: Shell): Command {
  return new Command('user')
    .summary('erase everything about people')
    .description('Erases people who ask for it, or whose data may be kept no longer.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall user erase idp/zaphod --reason "request 2026/7"  cannot be undone')
    .addCommand(eraseCommand(shell))
}

function eraseCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'erase', arguments: '[identity...]', summary: 'erase everything about people, for ever' },
    description:
      'Ends all memberships of people and erases everything known of them. What is left are hashes and numbers, so that nobody gets their identities, logins or uids again. Git must not name them any more. It cannot be undone.',
    examples: [
      ['guildhall user erase idp/zaphod --reason "request 2026/7"', 'asks for the identity to be typed again'],
      ['guildhall user erase idp/zaphod --reason "request 2026/7" --yes', 'asks nothing'],
      ['guildhall user erase --reason "retention" --yes < people.ndjson', 'many at once, {"user":"idp/zaphod"} a line'],
    ],
    exitCodes: { 1: 'error, or somebody was refused', ...heldExitCode },
  })
    .addOption(asOption())
    .requiredOption('--reason <text>', 'why; it is kept, and must not name them (required)', named('a reason'))
    .option('--yes', 'do not ask for the identities to be typed again')
  return command.action(() => erase(shell, command))
}

async function erase(shell: Shell, command: Command): Promise<void> {
  const options = command.opts<EraseOptions>()
  const { as, reason, yes = false } = options
  const isStream = command.args.length === 0
  if (isStream && !yes)
    throw new GuildhallError(
      'COMMAND_MISUSED',
      'Cannot ask for identities to be typed again that come from standard input; add `--yes`, or name them as arguments',
    )
  const users = isStream ? await readUsers(shell.input()) : requestsOf(command.args, undefined).map(({ user }) => user)
  if (!yes) await confirmIdentities(shell, users)
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(
      pool,
      (tx) => store.eraseUsers(tx, { users, reason, now: shell.now(), ...actingAs(shell, as) }),
      store.asAct,
    ),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'users', text: () => `${erasuresText(answers)}\n` },
    refusal: (answer) => ('refused' in answer ? refusal(answer) : undefined),
    held: (answer) => ('held' in answer ? answer.held : undefined),
    json: (answer, refused) => (refused === undefined ? answer : { user: answer.user, ...refusalJson(refused) }),
  })
}

type Refused = Extract<EraseAnswer, { readonly refused: object }>

function refusal({ user, refused: { reason, message } }: Refused): GuildhallError {
  return new GuildhallError('ERASURE_REFUSED', `Cannot erase "${user}": ${message}`, { facts: { user, reason } })
}
