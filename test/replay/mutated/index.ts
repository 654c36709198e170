import { condition, proxyActivities, setHandler } from '@temporalio/workflow'
import type { HoldActivities } from '../../../activities/hold.ts'
import { approved, type HoldInput, type HoldOutcome } from '../../../workflows/hold/messages.ts'

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
