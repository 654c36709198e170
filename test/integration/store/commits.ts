import type { Plan } from '../../../core/model/plan.ts'
import type { Desired, State } from '../../../core/model/state.ts'
import { planCommit, type CommitPlan } from '../../../core/plan/plan-commit.ts'
import { questionOf } from '../../../core/plan/state-question.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { loadState, type Pool } from '../../../store/index.ts'
import { desire, type Document } from '../../support/builders.ts'
import { planApproved } from '../bars/database-world.ts'
import { applyPlanned, monday } from './world.ts'

/** What becomes of a commit on what stands in the database, as the daemon works it out; nothing is approved. */
export async function planOn(pool: Pool, documents: readonly Document[], asOf = monday): Promise<CommitPlan> {
  const desired = desire(...documents)
  const state = await stateFor(pool, desired)
  return planCommit({ state, desired, compileSchema: compileCheck, frozen: [], approvals: [], asOf })
}

/** The same, with everything approved that the guard would hold. */
export async function planApprovedOn(pool: Pool, documents: readonly Document[], asOf = monday): Promise<CommitPlan> {
  const desired = desire(...documents)
  return planApproved(await stateFor(pool, desired), desired, asOf)
}

/** Brings the database to a commit, as far as the guard lets it; what was planned. */
export async function bring(pool: Pool, documents: readonly Document[], asOf = monday): Promise<Plan> {
  const planned = await planOn(pool, documents, asOf)
  await applyPlanned(pool, { ...planned, asOf })
  return planned.plan
}

/** Brings the database to a commit, whatever is lost by it; what was planned. */
export async function bringApproved(pool: Pool, documents: readonly Document[], asOf = monday): Promise<Plan> {
  const planned = await planApprovedOn(pool, documents, asOf)
  await applyPlanned(pool, { ...planned, asOf })
  return planned.plan
}

/** What a plan tells of: where, by which code, and how. */
export function findingsOf({ findings }: Plan): readonly string[] {
  return findings.map(({ code, message, at }) => `${at?.file ?? ''}:${at?.line ?? ''} ${code}: ${message}`)
}

/** With all that the rules and gates of these documents ask for. */
async function stateFor(pool: Pool, desired: Desired): Promise<State> {
  return loadState(pool, { ...questionOf(desired, 0), lossesSince: new Date(0) })
}
