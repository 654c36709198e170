import type { Command } from 'commander'
import type { ClosedReview } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { heldExitCode, printAnswers } from '../acts/print-answers.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { readId } from './read-id.ts'

interface EndOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
}

/** Makes `guildhall review close`. */
export function closeCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'close', arguments: '<id>', summary: 'end a review before its time, and do what was decided' },
    examples: [['guildhall review close 3 --as idp/ada', 'what it takes away goes through the guard']],
    exitCodes: heldExitCode,
  })
  return ending(shell, command, 'close')
}

/** Makes `guildhall review cancel`. */
export function cancelCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'cancel', arguments: '<id>', summary: 'end a review without anything coming of it' },
    examples: [['guildhall review cancel 3 --reason "wrong group"', 'also one whose removals are held']],
  })
  return ending(shell, command, 'cancel')
}

function ending(shell: Shell, command: Command, act: 'cancel' | 'close'): Command {
  return command
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .action(async () => {
      const [id = ''] = command.args
      const options = command.opts<EndOptions>()
      const { as, reason = '' } = options
      const input = { review: readId(id), reason, now: shell.now(), ...actingAs(shell, as) }
      const ended: ClosedReview = await withState(shell, options, ({ store, pool }) =>
        store.inTransaction(
          pool,
          async (tx) => (act === 'close' ? store.closeReview(tx, input) : store.cancelReview(tx, input)),
          store.asAct,
        ),
      )
      printAnswers(shell, options, {
        ...{ answers: [ended], isStream: false, key: 'reviews', text: () => textOf(ended) },
        refusal: () => undefined,
        held: (answer) => answer.held,
        json: (answer) => answer,
      })
    })
}

function textOf({ review, state }: ClosedReview): string {
  const hint = state === 'closed' ? `; \`guildhall review show ${review}\` tells what came of it` : ''
  return `Review ${review} is ${state}${hint}.\n`
}
