import type { Plan } from '../../core/model/plan.ts'
import type { Desired, State } from '../../core/model/state.ts'
import { planChanges } from '../../core/plan/plan-changes.ts'
import { planCommit, type CommitPlan } from '../../core/plan/plan-commit.ts'
import { anyValueFits, desire, inForce, type Document } from './builders.ts'

/** The moment at which these tests plan. */
export const asOf = new Date('2027-01-10T12:00:00Z')

/** Plans from a state to what is desired. */
export function plan(state: State, desired: Desired): Plan {
  return planChanges(state, desired, { compileSchema: anyValueFits, asOf })
}

/** Plans from documents in force to others. */
export function planOf(before: readonly Document[], after: readonly Document[]): Plan {
  return plan(inForce(...before), desire(...after))
}

type Choices = Partial<Parameters<typeof planCommit>[0]>

/** Decides on a commit with these documents: nothing is frozen or approved unless the test says so. */
export function commitOf(state: State, documents: readonly Document[], choices: Choices = {}): CommitPlan {
  const usual = { compileSchema: anyValueFits, frozen: [], approvals: [], asOf }
  return planCommit({ state, desired: desire(...documents), ...usual, ...choices })
}
