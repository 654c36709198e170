import { isEnded } from '../../../core/applications/application.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { beginTrail, type Trail } from '../trail.ts'
import {
  isSystem,
  outcomeOf,
  refused,
  tell,
  type ActOutcome,
  type ByWhom,
  type Judging,
  type NotedAct,
  type SettleActInput,
  type Settling,
} from './act-outcome.ts'
import { decide } from './decide.ts'
import { fileChosen } from './file-application.ts'
import { faultsInWords, faultsOfAnswers } from './faults-of-answers.ts'
import { findApplication, isApplicant, voOfApplication, type FoundApplication } from './found-application.ts'
import { moveTo, type Move } from './move-to.ts'
import { rejectGone } from './reject.ts'
import { readTarget } from './read-target.ts'
import { tellApplicants } from './tell-by-mail.ts'
import { lockLogins, reserveLogins } from './reserve-logins.ts'
import { wakeWaiting } from './wait-for-vo.ts'
import { withdrawUnchosen } from './withdraw-unchosen.ts'
import { settleConfirmed } from './verification/confirm.ts'
import { keepVerified } from './verification/keep-verified.ts'

/**
 * Settles what somebody did to an application in the caller's transaction, exactly once: a second call answers the same. The last
 * approval that is needed provisions. Throws VO_BUSY.
 */
export async function settleAct(tx: Tx, input: SettleActInput): Promise<ActOutcome> {
  const { act, now } = input
  const { rows: noted } = await tx.query<{ application: number }>(
    'select application_id as application from application_act where id = $1',
    [act],
  )
  const id = noted[0]?.application ?? 0
  const vo = await voOfApplication(tx, id)
  await lockVos(tx, vo === undefined ? [] : [vo], { mode: 'shared' })
  const application = await findApplication(tx, id)
  const { rows } = await tx.query<NotedAct>(
    `select id::text, application_id as application, act, person_id as person, for_person_id as "standsFor", at, actor, authentication, version, policy,
       reason, answers, outcome, by_invitation as "byInvitation"
     from application_act where id = $1`,
    [act],
  )
  const [found] = rows
  if (found === undefined) throw new Error(`act ${act} is gone`)
  if (found.outcome !== null) return outcomeOf(found.outcome)
  const trail = await beginTrail(tx, { actor: found.actor, authentication: found.authentication ?? undefined }, now)
  const outcome = await settle(tx, trail, { application, act: found, input })
  await tx.query('update application_act set outcome = $2 where id = $1', [
    act,
    outcome.kind === 'done' ? 'done' : `${outcome.reason}: ${outcome.message}`,
  ])
  return outcome
}

async function settle(tx: Tx, trail: Trail, settling: Settling): Promise<ActOutcome> {
  const { application, act } = settling
  const { id, state, vo, group, kind } = application
  if (isEnded(state)) return refused('ended', `application ${id} is ${state} already`)
  const isByApplicant = await isOf(tx, application, act)
  if (act.act === 'withdraw') return withdraw(tx, trail, { ...settling, isByApplicant })
  if (application.isTargetGone) {
    await rejectGone(tx, trail, application)
    return refused('target-gone', 'what was applied for, or its form, is there no more; the application is rejected')
  }
  const target = await readTarget(tx, { vo, group, kind, now: trail.at })
  if (act.act === 'verify') return settleConfirmed(tx, trail, { ...settling, target, isByApplicant })
  if (act.act === 'resubmit') return resubmit(tx, trail, { ...settling, target, isByApplicant })
  return decide(tx, trail, { ...settling, target, isByApplicant })
}

/** Whether the act is one of whoever applied; the system's own user may do anything. */
async function isOf(tx: Tx, application: FoundApplication, act: NotedAct): Promise<boolean> {
  if (act.actor === application.identity) return true
  return act.person !== null && isApplicant(tx, application, act.person)
}

async function withdraw(tx: Tx, trail: Trail, { application, act, isByApplicant }: ByWhom): Promise<ActOutcome> {
  if (!isByApplicant && !isSystem(act))
    return refused('not-eligible', `only "${application.identity}" withdraws the application; reject it instead`)
  await moveTo(tx, { id: application.id, state: 'withdrawn', reason: act.reason, at: trail.at })
  await tell(tx, trail, { application, action: 'withdraw', reason: act.reason })
  await tellApplicants(tx, trail, { event: 'application.withdrawn', applications: [application.id] })
  await wakeWaiting(tx, application)
  return { kind: 'done' }
}

async function resubmit(tx: Tx, trail: Trail, judging: Judging): Promise<ActOutcome> {
  const { application, act, target, isByApplicant, input } = judging
  const { id, identity, version, language } = application
  if (!isByApplicant && !isSystem(act))
    return refused('not-eligible', `only "${identity}" changes the answers of the application`)
  if (act.version !== version) return refused('changed', `the application is of version ${version} now; look again`)
  const answers = act.answers ?? {}
  const { compileSchema } = input
  const filling = { target, identity, answers, person: application.person }
  await lockLogins(tx, filling)
  const faults = await faultsOfAnswers(tx, { target, identity, answers, language, compileSchema })
  if (faults.length > 0) return refused('answers-invalid', faultsInWords(faults))
  await tx.query('update application set version = version + 1, policy = $2, step = 0 where id = $1', [
    id,
    target.policy,
  ])
  await tx.query('insert into application_answers (application_id, version, answers) values ($1, $2, $3)', [
    ...[id, version + 1, JSON.stringify(answers)],
  ])
  await reserveLogins(tx, id, filling)
  await withdrawUnchosen(tx, trail, { application, target, answers })
  await fileChosen(tx, {
    ...{ vo: application.vo, kind: application.kind, identity, answers, target, id, cause: { actor: act.actor } },
    ...{ now: trail.at, compileSchema, ...(language !== undefined && { language }) },
  })
  await moveTo(tx, { id, ...stateAnew(application), reason: null, at: trail.at })
  await tell(tx, trail, { application, action: 'resubmit', reason: act.reason })
  const kept = await keepVerified(tx, trail, { application: await findApplication(tx, id), target, compileSchema })
  if (kept.state === 'open' || kept.state === 'waiting')
    await tellApplicants(tx, trail, { event: 'application.resubmitted', applications: [id] })
  return { kind: 'done' }
}

/** Where an application stands once its answers are others. */
function stateAnew({ state, waitingFor }: FoundApplication): Pick<Move, 'state' | 'waitingFor'> {
  if (waitingFor === 'vo-member') return { state: 'waiting', waitingFor }
  return { state: state === 'unverified' ? state : 'open' }
}
