import type { Tx } from '../../pool.ts'
import { recordEvents, type Trail } from '../trail.ts'
import { readVotes } from './approvals.ts'
import { findApplication, type FoundApplication } from './found-application.ts'
import type { ApplicationTarget } from './read-target.ts'

interface Followed {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
}

/**
 * Has an application decided under the policy of now: approvals under another one count no more, so it begins again with the first step,
 * also where only a place was missing. Deadlines of a first step go on, by the durations of now.
 */
export async function followPolicy(tx: Tx, trail: Trail, { application, target }: Followed): Promise<FoundApplication> {
  const { id, policy, step, waitingFor, vo, group, identity: user } = application
  if (policy === target.policy) return application
  const votes = await readVotes(tx, application, policy)
  const isBegunAgain = step > 0 || waitingFor === 'place'
  await tx.query(
    `update application set policy = $2, step = 0,
       state = case when waiting_for = 'place' then 'open' else state end,
       changed_at = case when waiting_for = 'place' then $4 else changed_at end,
       waiting_for = nullif(waiting_for, 'place'),
       step_since = case when $3 then $4 else step_since end,
       reminded_at = case when $3 then null else reminded_at end,
       escalated_at = case when $3 then null else escalated_at end
     where id = $1`,
    [id, target.policy, isBegunAgain, trail.at],
  )
  if (votes.length > 0) {
    const personal = { user, application: id, reason: 'what it is decided under has changed' }
    const name = group === undefined ? vo : `${vo}/${group}`
    await recordEvents(tx, trail, [{ action: 'void-approvals', kind: 'Application', vo, name, personal }])
  }
  return findApplication(tx, id)
}
