import type { Due } from '../../due.ts'
import type { Trail } from '../trail.ts'

/** What a step of the clock does, and to whom. */
export interface ClockTurn extends Due {
  readonly persons: readonly number[]
  readonly trail: Trail
}
