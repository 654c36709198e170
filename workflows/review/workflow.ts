import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { ReviewActivities, ReviewLook } from '../../activities/reviews.ts'
import { renderDetails } from '../details.ts'
import { dueAtAttribute, needsHumanAttribute, stateAttribute, voAttribute } from '../search-attributes.ts'
import { reviewChanged, type ReviewInput, type ReviewOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '2 min', heartbeatTimeout: '15 s' } as const
const { lookAtReview } = proxyActivities<ReviewActivities>(looking)

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000

/**
 * One access review: sleeps to its next reminder and to its end, waits while what it takes is held, and ends with it. What people
 * decide stands in PostgreSQL alone.
 */
export async function review({ id }: ReviewInput): Promise<ReviewOutcome> {
  let wakes = 0
  setHandler(reviewChanged, () => {
    wakes += 1
  })
  for (;;) {
    const heard = wakes
    const isWoken = () => wakes !== heard
    const look = await lookAtReview.executeWithOptions({ ...looking, summary: `Look at review ${id}` }, [
      { id, now: Date.now() },
    ])
    if (look.kind === 'ended') {
      await condition(allHandlersFinished)
      return { kind: look.outcome }
    }
    show(look)
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished)
      return continueAsNew<typeof review>({ id })
    }
    await rest(look, isWoken)
  }
}

type OpenLook = Extract<ReviewLook, { readonly kind: 'open' }>

async function rest({ nextAt }: OpenLook, isWoken: () => boolean): Promise<void> {
  if (nextAt === undefined) return condition(isWoken)
  await condition(isWoken, Math.max(shortestMs, nextAt - Date.now()), { summary: 'Until a reminder, or the end' })
}

function show({ vo, state, sinceAt, nextAt }: OpenLook): void {
  upsertSearchAttributes([
    { key: voAttribute, value: vo },
    { key: stateAttribute, value: state },
    { key: needsHumanAttribute, value: 'yes' },
    { key: dueAtAttribute, value: nextAt === undefined ? null : new Date(nextAt) },
  ])
  const waitingFor = state === 'held' ? 'an approval of what it takes away' : 'decisions of the reviewers'
  setCurrentDetails(renderDetails({ waitingFor, sinceAt, ...(nextAt === undefined ? {} : { nextAt }) }))
}
