import type { Surroundings } from '../core/config/catalog.ts'
import type { ActFailure } from '../store/index.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool, Tx } from '../store/index.ts'
import { asActivity } from './border.ts'
import type { Reached } from './crash-point.ts'

type Store = Pick<typeof storeModule, 'aboutOne' | 'inTransaction' | 'lookAtApplication' | 'settleAct'>

export interface ApplicationDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly compileSchema: Surroundings['compileSchema']
  readonly reached: Reached
}

export type ApplicationActivities = ReturnType<typeof createApplicationActivities>

/** How an application stands, in words and times alone. */
export type ApplicationLook =
  | { readonly kind: 'ended'; readonly outcome: 'approved' | 'gone' | 'rejected' | 'withdrawn' }
  | {
      readonly kind: 'open'
      readonly vo: string
      readonly state: 'changes-requested' | 'open' | 'unverified' | 'waiting'
      readonly sinceAt: number
      readonly next?: { readonly kind: 'escalate' | 'reject' | 'remind'; readonly at: number }
    }

/** What came of an act; the message stays in PostgreSQL. */
export type SettledAct = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly reason: ActFailure }

/** Builds what `application/<id>` calls. */
export function createApplicationActivities({ pool, store, compileSchema, reached }: ApplicationDependencies) {
  const commit = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const reaching = async (tx: Tx): Promise<T> => {
      const outcome = await work(tx)
      reached('application.before-commit')
      return outcome
    }
    const done = await store.inTransaction(pool, reaching, store.aboutOne)
    reached('application.after-commit')
    return done
  }
  return {
    /** Does what is due about an application, and tells how it stands. */
    lookAtApplication: asActivity(
      async ({ id, now }: { readonly id: number; readonly now: number }): Promise<ApplicationLook> => {
        const input = { id, now: new Date(now), compileSchema }
        const standing = await commit((tx) => store.lookAtApplication(tx, input))
        if (standing === undefined) return { kind: 'ended', outcome: 'gone' }
        if (standing.kind === 'ended') return standing
        const { vo, state, since, next } = standing
        return {
          ...{ kind: 'open', vo, state, sinceAt: since.getTime() },
          ...(next === undefined ? {} : { next: { kind: next.kind, at: next.at.getTime() } }),
        }
      },
    ),

    /** Settles what somebody did to an application. */
    settleApplicationAct: asActivity(
      async ({ act, now }: { readonly act: string; readonly now: number }): Promise<SettledAct> => {
        reached('act.accepted')
        const input = { act, now: new Date(now), compileSchema }
        const outcome = await commit((tx) => store.settleAct(tx, input))
        return outcome.kind === 'done' ? outcome : { kind: 'refused', reason: outcome.reason }
      },
    ),
  }
}
