import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { mayDecide } from '../applications/deciders.ts'
import { findApplication, isApplicant } from '../applications/found-application.ts'
import { readTarget } from '../applications/read-target.ts'
import { stepsOf } from '../../../core/applications/votes.ts'

interface Delegating {
  /** Null where it is not about one application. */
  readonly application: number | null
  readonly delegator: UserId
  readonly delegate: UserId
  readonly now: Date
}

/** Says why one person cannot have another decide about an application: it is of one of them, or the first may not decide about it. */
export async function obstacleInApplication(
  tx: Tx,
  { application: id, delegator, delegate, now }: Delegating,
): Promise<{ readonly reason: 'not-eligible' | 'own-application'; readonly message: string } | undefined> {
  if (id === null) return undefined
  const application = await findApplication(tx, id)
  for (const person of [delegator, delegate])
    if (await isApplicant(tx, application, person))
      return {
        reason: 'own-application',
        message: 'nobody decides about their own application, nor has it decided',
      }
  if (application.isTargetGone) return undefined
  const { vo, group, kind } = application
  const target = await readTarget(tx, { vo, group, kind, now })
  for (const step of stepsOf(target.form))
    if (await mayDecide(tx, delegator, { target, step, isEscalated: true })) return undefined
  return { reason: 'not-eligible', message: 'who is to be away may not decide about it in any step' }
}
