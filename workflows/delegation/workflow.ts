import {
  allHandlersFinished,
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { DelegationActivities } from '../../activities/delegations.ts'
import { renderDetails } from '../details.ts'
import { dueAtAttribute } from '../search-attributes.ts'
import { delegationChanged, voAttributes, type DelegationInput, type DelegationOutcome } from './messages.ts'

const looking = { startToCloseTimeout: '15 s' } as const
const { findDelegationEnd, endDelegation } = proxyActivities<DelegationActivities>(looking)

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000

/** The end of one delegation: sleeps until it is due and ends it; what was ended before has nothing left to end. */
export async function delegation({ id }: DelegationInput): Promise<DelegationOutcome> {
  let wakes = 0
  setHandler(delegationChanged, () => {
    wakes += 1
  })
  for (;;) {
    const heard = wakes
    const { at, vo } = await findDelegationEnd.executeWithOptions({ ...looking, summary: 'When does it end?' }, [
      { id },
    ])
    if (at === undefined) return end('gone')
    if (at <= Date.now()) {
      const ended = await endDelegation.executeWithOptions({ ...looking, summary: 'End the delegation' }, [
        { id, now: Date.now() },
      ])
      if (ended) return end('ended')
    }
    // The VO may have another name by now.
    upsertSearchAttributes([{ key: dueAtAttribute, value: new Date(at) }, ...voAttributes(vo)])
    setCurrentDetails(renderDetails({ waitingFor: 'the end of the delegation', sinceAt: Date.now(), nextAt: at }))
    await condition(() => wakes !== heard, Math.max(shortestMs, at - Date.now()), {
      summary: 'Until the delegation ends',
    })
  }
}

async function end(kind: DelegationOutcome['kind']): Promise<DelegationOutcome> {
  await condition(allHandlersFinished)
  return { kind }
}
