import type { Command } from 'commander'
import { listReviews, showReview } from '../../api/acts/reviews/look-up.ts'
import type { ReviewFilter } from '../../store/index.ts'
import { actContext } from '../acts/act-context.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { readId } from './read-id.ts'
import { listText, showText } from './reviews-text.ts'

interface ListOptions extends CommonOptions, Pick<ReviewFilter, 'all' | 'vo' | 'waitingFor'> {}

/** Makes `guildhall review list`. */
export function listCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'list', summary: 'list reviews that have not ended' },
    examples: [
      ['guildhall review list --waiting-for idp/ada', 'those in which she has somebody to decide about'],
      ['guildhall review list --vo astro --all', 'also those that have ended'],
    ],
  })
    .option('--vo <name>', 'of a VO, its groups and resources', named('a VO'))
    .option('--all', 'also those that have ended')
    .option('--waiting-for <identity>', 'in which this person has somebody to decide about', named('an identity'))
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const { vo, all, waitingFor } = options
    if (waitingFor !== undefined) requireIdentity(waitingFor)
    const filter = {
      ...{ ...(vo !== undefined && { vo }), ...(waitingFor !== undefined && { waitingFor }) },
      ...(all === true && { all: 'true' as const }),
    }
    const found = await withState(shell, options, (open) => listReviews.run(actContext(shell, open), filter))
    return { json: found, text: listText(found.reviews) }
  })
}

interface ShowOptions extends CommonOptions {
  readonly waitingFor?: string
}

/** Makes `guildhall review show`. */
export function showCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'show', arguments: '<id>', summary: 'show who is reviewed, what was decided and what came of it' },
    description:
      'Shows who is reviewed, what was decided by whom and what came of it. With --json it is the evidence with its hash, which the audit trail has too once the review is closed.',
    examples: [
      ['guildhall review show 3 --json', 'the evidence, to be kept elsewhere'],
      ['guildhall review show 3 --waiting-for idp/ada', 'about whom she has still to decide'],
    ],
  }).option('--waiting-for <identity>', 'only those about whom this person has still to decide', named('an identity'))
  return answerWith<ShowOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const { waitingFor } = options
    if (waitingFor !== undefined) requireIdentity(waitingFor)
    const input = { review: String(readId(text)), ...(waitingFor !== undefined && { waitingFor }) }
    const shown = await withState(shell, options, (open) => showReview.run(actContext(shell, open), input))
    return { json: shown, text: showText(shown) }
  })
}
