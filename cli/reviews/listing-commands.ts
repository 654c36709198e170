import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { ReviewFilter } from '../../store/index.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { readId } from './read-id.ts'
import { listText, showText, type ShownReview } from './reviews-text.ts'

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
      ...(vo !== undefined && { vo }),
      ...(all === true && { all }),
      ...(waitingFor !== undefined && { waitingFor }),
    }
    const reviews = await withState(shell, options, ({ store, pool }) => store.listReviews(pool, filter))
    return { json: { reviews }, text: listText(reviews) }
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
    const id = readId(text)
    const { waitingFor } = options
    if (waitingFor !== undefined) requireIdentity(waitingFor)
    const shown = await withState(shell, options, (open) => show(open, id, waitingFor))
    return { json: shown, text: showText(shown) }
  })
}

async function show({ store, pool }: OpenState, id: number, waitingFor: string | undefined): Promise<ShownReview> {
  const shown = await store.showReview(pool, id)
  if (shown === undefined)
    throw new GuildhallError(
      'REVIEW_UNKNOWN',
      `Cannot show review ${id}: there is none; \`guildhall review list --all\` lists them`,
      { facts: { review: id } },
    )
  if (waitingFor === undefined) return shown
  const waiting = new Set(await store.listWaitingPeople(pool, { review: id, identity: waitingFor }))
  return { ...shown, waiting: [...waiting] }
}
