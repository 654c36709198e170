import { defineQuery, defineSignal } from '@temporalio/workflow'
import { stateAttribute, voAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** What the clock of a VO starts from. */
export interface ExpiryInput {
  readonly vo: string
  /** How many people's memberships have ended in the runs before. */
  readonly ended?: number
}

export interface ExpiryOutcome {
  /** The VO is no more, or has another name. */
  readonly kind: 'gone'
  readonly ended: number
}

/** Where a clock stands. */
export interface ExpiryProgress {
  /** When something is due next; undefined where nothing has a date. */
  readonly nextAt: number | undefined
  /** How many memberships end then. */
  readonly count: number
  readonly ended: number
}

/** Dates, rules or the VO itself have changed: look again. */
export const dueChanged = defineSignal('dueChanged')

/** Answers what comes next. */
export const expiryProgress = defineQuery<ExpiryProgress>('progress')

export function clockId(vo: string): string {
  return `expiry/${vo}`
}

/** The options of the signal-with-start that makes sure a VO has its clock: `client.workflow.signalWithStart('expiry', …)`. */
export function wakeClock(vo: string) {
  const input: ExpiryInput = { vo }
  return {
    workflowId: clockId(vo),
    taskQueue: controlQueue,
    args: [input] satisfies [ExpiryInput],
    signal: dueChanged,
    signalArgs: [] satisfies [],
    memo: { vo },
    staticSummary: `Clock of ${vo}`,
    typedSearchAttributes: [
      { key: voAttribute, value: vo },
      { key: stateAttribute, value: 'waiting' },
    ],
  }
}
