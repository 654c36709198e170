import type { Desired, State } from '../../core/model/state.ts'
import type { Shell } from '../shell.ts'
import type { OpenState } from './state.ts'
import { questionOf } from '../../core/plan/state-question.ts'

/** Reads what is in force, as the planner compares a commit with it; losses count back through the window that the commit names. */
export function loadCurrentState(
  shell: Shell,
  { store, pool }: Pick<OpenState, 'store' | 'pool'>,
  asked: Pick<Desired, 'objects'> = { objects: [] },
): Promise<State> {
  return store.loadState(pool, questionOf(asked, shell.now().getTime()))
}
