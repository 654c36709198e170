import type { Surroundings } from '../core/config/catalog.ts'
import type { ActFailure } from '../store/index.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { asActivity } from './border.ts'

type Store = Pick<typeof storeModule, 'aboutOne' | 'inTransaction' | 'lookAtApplication' | 'settleAct'>

export interface ApplicationDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly compileSchema: Surroundings['compileSchema']
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
export function createApplicationActivities({ pool, store, compileSchema }: ApplicationDependencies) {
  return {
    /** Does what is due about an application, and tells how it stands. */
    lookAtApplication: asActivity(
      async ({ id, now }: { readonly id: number; readonly now: number }): Promise<ApplicationLook> => {
        const input = { id, now: new Date(now), compileSchema }
        const standing = await store.inTransaction(pool, (tx) => store.lookAtApplication(tx, input), store.aboutOne)
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
        const input = { act, now: new Date(now), compileSchema }
        const outcome = await store.inTransaction(pool, (tx) => store.settleAct(tx, input), store.aboutOne)
        return outcome.kind === 'done' ? outcome : { kind: 'refused', reason: outcome.reason }
      },
    ),
  }
}
