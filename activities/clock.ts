import type * as storeModule from '../store/index.ts'
import type { DueKind, Pool } from '../store/index.ts'
import { asActivity } from './border.ts'
import type { Reached } from './crash-point.ts'

type Store = Pick<typeof storeModule, 'inTransaction' | 'nextDue' | 'runClock'>

export interface ClockDependencies {
  readonly pool: Pool
  readonly store: Store
  /** Makes mails of the notices of a VO. */
  readonly tell: (input: { readonly vo: string; readonly now: Date; readonly signal: AbortSignal }) => Promise<number>
  readonly reached: Reached
}

/** What the clock of a VO waits for. */
export interface NextMoment {
  /** True where there is no such VO. */
  readonly isGone: boolean
  readonly at?: number
  readonly kind?: DueKind
  readonly count: number
}

export type ClockActivities = ReturnType<typeof createClockActivities>

/** In one transaction: short enough that others who write to the VO hardly wait. */
const peopleAtOnce = 5_000

/** Builds what `expiry/<vo>` calls. */
export function createClockActivities({ pool, store, tell, reached }: ClockDependencies) {
  return {
    /** Tells what is due next. */
    findNextMoment: asActivity(async ({ vo }: { readonly vo: string }): Promise<NextMoment> => {
      const due = await store.nextDue(pool, vo)
      if (due === undefined) return { isGone: true, count: 0 }
      const { at, kind, count } = due
      return { isGone: false, count, ...(kind && { kind }), ...(at && { at: at.getTime() }) }
    }),

    /** Does everything that is due, in the order of dates, then mails what people are to be told; begun again after a crash, it goes on where it was. */
    runClock: asActivity(async ({ vo, now }: { readonly vo: string; readonly now: number }, { signal }) => {
      const input = { vo, now: new Date(now), atMost: peopleAtOnce }
      let changed = 0
      for (;;) {
        signal.throwIfAborted()
        const step = await store.inTransaction(pool, async (tx) => {
          const done = await store.runClock(tx, input)
          reached('clock.before-commit')
          return done
        })
        reached('clock.after-commit')
        changed += step.changed
        if (!step.more) break
      }
      await tell({ vo, now: input.now, signal })
      return { changed }
    }),
  }
}
