import type { Command } from 'commander'
import type { ClosedReview } from '../../store/index.ts'
import { cancelReview, closeReview } from '../../api/acts/reviews/end.ts'
import { actContext } from '../acts/act-context.ts'
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
  return ending(shell, command, closeReview)
}

/** Makes `guildhall review cancel`. */
export function cancelCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'cancel', arguments: '<id>', summary: 'end a review without anything coming of it' },
    examples: [['guildhall review cancel 3 --reason "wrong group"', 'also one whose removals are held']],
  })
  return ending(shell, command, cancelReview)
}

function ending(shell: Shell, command: Command, act: typeof closeReview): Command {
  return command
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .action(async () => {
      const [id = ''] = command.args
      const options = command.opts<EndOptions>()
      const { as, reason } = options
      const input = { review: readId(id), ...(as !== undefined && { as }), ...(reason !== undefined && { reason }) }
      const ended = await withState(shell, options, (open) => act.run(actContext(shell, open), input))
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
