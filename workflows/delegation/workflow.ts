import { proxyActivities } from '@temporalio/workflow'
import type { DelegationActivities } from '../../activities/delegations.ts'
import { endWhenDue } from '../end-when-due.ts'
import { delegationChanged, voAttributes, type DelegationInput, type DelegationOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '15 s' } as const
const { findDelegationEnd, endDelegation } = proxyActivities<DelegationActivities>(looking)

/** The end of one delegation: sleeps until it is due and ends it; what was ended before has nothing left to end. */
export async function delegation({ id }: DelegationInput): Promise<DelegationOutcome> {
  const kind = await endWhenDue({
    changed: delegationChanged,
    find: () => findDelegationEnd.executeWithOptions({ ...looking, summary: 'When does it end?' }, [{ id }]),
    end: (now) => endDelegation.executeWithOptions({ ...looking, summary: 'End the delegation' }, [{ id, now }]),
    placeOf: ({ vo }) => voAttributes(vo),
    waitingFor: 'the end of the delegation',
    summary: 'Until the delegation ends',
  })
  return { kind }
}
