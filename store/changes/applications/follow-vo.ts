import type { Surroundings } from '../../../core/config/catalog.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { wakeMail } from '../mail-drafts.ts'
import { approveByRule } from './approve-by-rule.ts'
import { findApplication, type FoundApplication } from './found-application.ts'
import { moveTo } from './move-to.ts'
import type { Provisioned } from './provision.ts'
import type { ApplicationTarget } from './read-target.ts'
import { reject } from './reject.ts'
import { appliesForVo } from './wait-for-vo.ts'

interface Waiting {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
}

/**
 * Opens an application for a group that waited for the membership of the VO where there is one by now, however it came about, and
 * rejects it where nothing makes the person a member any more.
 */
export async function followVo(tx: Tx, trail: Trail, { application, target }: Waiting): Promise<void> {
  if (application.waitingFor !== 'vo-member') return
  const { id, identity, person } = application
  const { rowCount } = await tx.query(
    `select from member where (vo_id, person_id) = ($1, $2) and status in ('VALID', 'INVALID')`,
    [target.set.voId, person ?? null],
  )
  if (rowCount === 1) {
    await moveTo(tx, { id, state: 'open', reason: null, at: trail.at })
    // Those who decide are told.
    await wakeMail(tx)
    return
  }
  if (await appliesForVo(tx, target.set.voId, identity)) return
  const reason = 'vo-rejected: the person did not become a member of the VO'
  await reject(tx, trail, { application, reason, event: 'application.rejected' })
}

interface ByRule {
  readonly id: number
  readonly target: ApplicationTarget
  readonly compileSchema: Surroundings['compileSchema']
}

/** Tries the form's rule on an application that is open by now, and that nobody has said anything about. */
export async function tryRule(tx: Tx, trail: Trail, rule: ByRule): Promise<Provisioned | undefined> {
  if (rule.target.conditions.autoWhen === undefined) return undefined
  const { state } = await findApplication(tx, rule.id)
  const { rowCount } = await tx.query(
    `select from application_act where application_id = $1 and act in ('approve', 'reject', 'request-changes') and outcome = 'done'`,
    [rule.id],
  )
  return state === 'open' && rowCount === 0 ? approveByRule(tx, trail, rule) : undefined
}
