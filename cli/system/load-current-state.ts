import { lossesSince } from '../../core/config/guard-window.ts'
import { attributesWithOtherLists } from '../../core/plan/other-lists.ts'
import { readAttributes, requiredAttributes } from '../../core/plan/required-attributes.ts'
import type { Desired, State } from '../../core/model/state.ts'
import type { Shell } from '../shell.ts'
import type { OpenState } from './state.ts'

/** Reads what is in force, as the planner compares a commit with it; losses count back through the window that the commit names. */
export function loadCurrentState(
  shell: Shell,
  { store, pool }: Pick<OpenState, 'store' | 'pool'>,
  asked: Pick<Desired, 'objects'> = { objects: [] },
): Promise<State> {
  return store.loadState(pool, {
    lossesSince: lossesSince(asked, shell.now().getTime()),
    reads: readAttributes(asked),
    required: requiredAttributes(asked),
    picksOf: (inForce) => attributesWithOtherLists(inForce, asked.objects),
  })
}
