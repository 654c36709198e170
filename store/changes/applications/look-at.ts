import { isEnded, type ApplicationState } from '../../../core/applications/application.ts'
import { nextDeadline, type Course, type Deadline } from '../../../core/applications/deadlines.ts'
import { stepsOf } from '../../../core/applications/votes.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { beginTrail, type Trail } from '../trail.ts'
import { approveByInvitation } from '../invitations/approve-by-invitation.ts'
import { approvals } from './approvals.ts'
import { findApplication, voOfApplication, type FoundApplication } from './found-application.ts'
import { followPolicy } from './follow-policy.ts'
import { followVo, tryRule } from './follow-vo.ts'
import { provision } from './provision.ts'
import { readTarget, type ApplicationTarget } from './read-target.ts'
import { reject, rejectGone } from './reject.ts'
import { settleAct } from './settle-act.ts'
import { keepVerified } from './verification/keep-verified.ts'
import { escalate, remind } from './urge.ts'
import { openWaiting, rejectWaiting } from './wait-for-vo.ts'

/** An application to look at. */
export interface LookInput {
  readonly id: number
  readonly now: Date
  readonly compileSchema: Surroundings['compileSchema']
}

/** How an application stands once everything that is due was done. */
export type ApplicationStanding =
  | { readonly kind: 'ended'; readonly outcome: 'approved' | 'rejected' | 'withdrawn' }
  | {
      readonly kind: 'open'
      readonly vo: string
      readonly state: Exclude<ApplicationState, 'approved' | 'rejected' | 'withdrawn'>
      readonly since: Date
      /** What comes next if nobody decides. */
      readonly next: Deadline | undefined
    }

/**
 * Does, in the caller's transaction, what is due about an application: acts that nobody settled yet, a place that got free, and
 * deadlines. Undefined where there is no such application. Throws VO_BUSY.
 */
export async function lookAtApplication(tx: Tx, input: LookInput): Promise<ApplicationStanding | undefined> {
  const { id, now, compileSchema } = input
  const { rows } = await tx.query<{ acts: string[] }>(
    `select array(select t.id::text from application_act t where t.application_id = a.id and t.outcome is null order by t.id) as acts
     from application a where a.id = $1`,
    [id],
  )
  const [found] = rows
  if (found === undefined) return undefined
  for (const act of found.acts) await settleAct(tx, { act, now, compileSchema })
  const vo = await voOfApplication(tx, id)
  await lockVos(tx, vo === undefined ? [] : [vo], { mode: 'shared' })
  await doWhatIsDue(tx, input)
  await approveByInvitation(tx, input)
  return standingOf(tx, input)
}

async function doWhatIsDue(tx: Tx, { id, now, compileSchema }: LookInput): Promise<void> {
  const application = await findApplication(tx, id)
  if (isEnded(application.state)) return
  const trail = await beginTrail(tx, { actor: 'guildhall' }, now)
  if (application.isTargetGone) return rejectGone(tx, trail, application)
  const target = await targetOf(tx, application, now)
  const current = await followPolicy(tx, trail, { application, target })
  const followed = await keepVerified(tx, trail, { application: current, target, compileSchema })
  if (isEnded(followed.state)) return
  await followVo(tx, trail, { application: followed, target })
  const done =
    followed.waitingFor === 'place'
      ? await provision(tx, trail, { application: followed, target, by: 'people', compileSchema })
      : await tryRule(tx, trail, { id, target, compileSchema })
  if (done?.state === 'approved') return openWaiting(tx, trail, { application: followed, target })
  if (done?.state === 'rejected') return rejectWaiting(tx, trail, { application: followed, target })
  await meetDeadlines(tx, trail, { application: await findApplication(tx, id), target })
}

async function targetOf(tx: Tx, { vo, group, kind }: FoundApplication, now: Date): Promise<ApplicationTarget> {
  return readTarget(tx, { vo, group, kind, now })
}

interface Due {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
}

/** However long nobody looked, what has come is done in the order of its moments; of reminders that were missed one is made good. */
async function meetDeadlines(tx: Tx, trail: Trail, { application, target }: Due): Promise<void> {
  let missed: Date | undefined
  for (let course = await courseOf(tx, application, target); ;) {
    const next = nextDeadline(target.form, course)
    const { step } = course
    if (next === undefined || next.at > trail.at)
      return missed === undefined ? undefined : remind(tx, trail, { application, target, step, at: missed })
    switch (next.kind) {
      case 'reject':
        await reject(tx, trail, {
          ...{ application, reason: `silence: ${silenceOf(application)}`, event: 'application.silence' },
        })
        return rejectWaiting(tx, trail, { application, target })
      case 'escalate':
        await escalate(tx, trail, { application, target, step, at: next.at })
        course = { ...course, escalatedAt: next.at }
        break
      case 'remind':
        missed = next.at
        course = { ...course, remindedAt: next.at }
    }
  }
}

function silenceOf({ state }: FoundApplication): string {
  if (state === 'changes-requested') return 'no other answers came in time'
  return state === 'unverified' ? 'the address was not confirmed in time' : 'nobody decided in time'
}

async function courseOf(tx: Tx, application: FoundApplication, target: ApplicationTarget): Promise<Course> {
  const { state, changedAt, stepSince, remindedAt, escalatedAt } = application
  const standing = await approvals(tx, application, target)
  const step = standing.kind === 'step' ? standing.step : stepsOf(target.form).length
  const since = state === 'waiting' ? undefined : changedAt
  const unverifiedSince = state === 'unverified' ? changedAt : undefined
  return { since, unverifiedSince, stepSince, step, remindedAt, escalatedAt }
}

async function standingOf(tx: Tx, { id, now }: LookInput): Promise<ApplicationStanding> {
  const application = await findApplication(tx, id)
  const { state, vo, filedAt, stepSince } = application
  if (state === 'approved' || state === 'rejected' || state === 'withdrawn') return { kind: 'ended', outcome: state }
  const target = await targetOf(tx, application, now)
  const next = nextDeadline(target.form, await courseOf(tx, application, target))
  return { kind: 'open', vo, state, since: stepSince ?? filedAt, next }
}
