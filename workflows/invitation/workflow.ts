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
import type { InvitationActivities } from '../../activities/invitations.ts'
import { renderDetails } from '../details.ts'
import { dueAtAttribute, voAttribute } from '../search-attributes.ts'
import { invitationChanged, type InvitationInput, type InvitationOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '15 s' } as const
const { findInvitationEnd, endInvitation } = proxyActivities<InvitationActivities>(looking)

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000

/** The end of one invitation: sleeps until its day and ends it; what was used or taken back meanwhile has nothing left to end. */
export async function invitation({ id }: InvitationInput): Promise<InvitationOutcome> {
  let wakes = 0
  setHandler(invitationChanged, () => {
    wakes += 1
  })
  for (;;) {
    const heard = wakes
    const { at, vo } = await findInvitationEnd.executeWithOptions({ ...looking, summary: 'When does it end?' }, [
      { id },
    ])
    if (at === undefined) return end('ended')
    if (at <= Date.now()) {
      const summary = 'End the invitation'
      const expired = await endInvitation.executeWithOptions({ ...looking, summary }, [{ id, now: Date.now() }])
      if (expired) return end('expired')
    }
    // The VO may have another name by now.
    upsertSearchAttributes([
      { key: dueAtAttribute, value: new Date(at) },
      ...(vo === undefined ? [] : [{ key: voAttribute, value: vo }]),
    ])
    setCurrentDetails(renderDetails({ waitingFor: 'the key to be used', sinceAt: Date.now(), nextAt: at }))
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished)
      return continueAsNew<typeof invitation>({ id })
    }
    await condition(() => wakes !== heard, Math.max(shortestMs, at - Date.now()), {
      summary: 'Until it counts no more',
    })
  }
}

async function end(kind: InvitationOutcome['kind']): Promise<InvitationOutcome> {
  await condition(allHandlersFinished)
  return { kind }
}
