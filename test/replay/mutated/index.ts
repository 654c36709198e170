import { condition, proxyActivities, setHandler } from '@temporalio/workflow'
import type { ApplicationActivities } from '../../../activities/applications.ts'
import type { DelegationActivities } from '../../../activities/delegations.ts'
import type { HoldActivities } from '../../../activities/hold.ts'
import {
  applicationChanged,
  approve,
  type ApplicationInput,
  type ApplicationOutcome,
  type NotedActInput,
} from '../../../workflows/application/messages.ts'
import type { DelegationInput, DelegationOutcome } from '../../../workflows/delegation/messages.ts'
import { approved, type HoldInput, type HoldOutcome } from '../../../workflows/hold/messages.ts'

const looking = { startToCloseTimeout: '30 s' } as const
const { lookAtApplication, settleApplicationAct } = proxyActivities<ApplicationActivities>(looking)
const { endDelegation, findDelegationEnd } = proxyActivities<DelegationActivities>(looking)
const { remindOfHold, settleHold } = proxyActivities<HoldActivities>({ startToCloseTimeout: '15 s' })

/** `hold`, changed without `patched()`: it reminds before it waits. The gate must refuse it. */
export async function hold({ instance, scope, digest }: HoldInput): Promise<HoldOutcome> {
  const heard: string[] = []
  setHandler(approved, (approval) => void heard.push(approval.digest))
  await remindOfHold({ scope, digest, at: Date.now() })
  await condition(() => heard.length > 0)
  const outcome = { kind: 'approved', digest } as const
  await settleHold({ instance, scope, outcome, at: Date.now() })
  return outcome
}

/** `application`, changed without `patched()`: it looks twice before it waits, as if to be sure. The gate must refuse it. */
export async function application({ id }: ApplicationInput): Promise<ApplicationOutcome> {
  let wakes = 0
  setHandler(applicationChanged, () => void (wakes += 1))
  setHandler(approve, async ({ act }: NotedActInput) => settleApplicationAct({ act, now: Date.now() }))
  for (;;) {
    const heard = wakes
    await lookAtApplication({ id, now: Date.now() })
    const look = await lookAtApplication({ id, now: Date.now() })
    if (look.kind === 'ended') return { kind: look.outcome }
    const ms = look.next === undefined ? undefined : look.next.at - Date.now()
    await (ms === undefined ? condition(() => wakes !== heard) : condition(() => wakes !== heard, ms))
  }
}

/** `delegation`, changed without `patched()`: it ends the delegation before it has asked when that is due. The gate must refuse it. */
export async function delegation({ id }: DelegationInput): Promise<DelegationOutcome> {
  await endDelegation({ id, now: Date.now() })
  const { at } = await findDelegationEnd({ id })
  return { kind: at === undefined ? 'gone' : 'ended' }
}
