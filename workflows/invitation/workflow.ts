import { continueAsNew, proxyActivities } from '@temporalio/workflow'
import type { InvitationActivities } from '../../activities/invitations.ts'
import { endWhenDue } from '../end-when-due.ts'
import { voAttribute } from '../search-attributes.ts'
import { invitationChanged, type InvitationInput, type InvitationOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '15 s' } as const
const { findInvitationEnd, endInvitation } = proxyActivities<InvitationActivities>(looking)

/** The end of one invitation: sleeps until its day and ends it; what was used or taken back meanwhile has nothing left to end. */
export async function invitation({ id }: InvitationInput): Promise<InvitationOutcome> {
  const how = await endWhenDue({
    changed: invitationChanged,
    find: () => findInvitationEnd.executeWithOptions({ ...looking, summary: 'When does it end?' }, [{ id }]),
    end: (now) => endInvitation.executeWithOptions({ ...looking, summary: 'End the invitation' }, [{ id, now }]),
    placeOf: ({ vo }) => (vo === undefined ? [] : [{ key: voAttribute, value: vo }]),
    waitingFor: 'the key to be used',
    summary: 'Until it counts no more',
    again: () => continueAsNew<typeof invitation>({ id }),
  })
  return { kind: how === 'ended' ? 'expired' : 'ended' }
}
