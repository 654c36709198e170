import type { State } from '../../core/model/state.ts'
import type { Shell } from '../shell.ts'
import type { OpenState } from './state.ts'

/** Losses of so long ago still count for the guard. */
const lossWindowMs = 24 * 60 * 60 * 1000

/** Reads what is in force, as the planner compares a commit with it. */
export function loadCurrentState(shell: Shell, { store, pool }: Pick<OpenState, 'store' | 'pool'>): Promise<State> {
  return store.loadState(pool, { lossesSince: new Date(shell.now().getTime() - lossWindowMs) })
}
