import type { ActContext } from '../../api/acts/act.ts'
import type { Shell } from '../shell.ts'
import type { OpenState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'

/** What acts work with where a command asks for them. */
export function actContext(shell: Shell, { pool, store, system }: OpenState): ActContext {
  return {
    ...{ pool, store, now: () => shell.now(), userName: () => shell.userName() },
    withTemporal: (work) => withTemporal(system, work),
  }
}
