import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { asActivity } from './border.ts'

type Store = Pick<typeof storeModule, 'endDelegation' | 'inTransaction' | 'readEndingDelegation'>

export interface DelegationDependencies {
  readonly pool: Pool
  readonly store: Store
}

/** When a delegation ends, and where it is, by the name of now. */
interface DelegationEnd {
  readonly at?: number
  readonly vo?: string
}

export type DelegationActivities = ReturnType<typeof createDelegationActivities>

/** Builds what `delegation/<id>` calls. */
export function createDelegationActivities({ pool, store }: DelegationDependencies) {
  return {
    /** Tells when a delegation ends; nothing where it is gone, or has no end. */
    findDelegationEnd: asActivity(async ({ id }: { readonly id: number }): Promise<DelegationEnd> => {
      const found = await store.readEndingDelegation(pool, id)
      if (found === undefined) return {}
      return { at: found.endsAt.getTime(), ...(found.vo === undefined ? {} : { vo: found.vo }) }
    }),

    /** Ends a delegation whose end has come; false where it is gone or ends later, so that a second call does nothing. */
    endDelegation: asActivity(async ({ id, now }: { readonly id: number; readonly now: number }) =>
      store.inTransaction(pool, (tx) => store.endDelegation(tx, { id, now: new Date(now) })),
    ),
  }
}
