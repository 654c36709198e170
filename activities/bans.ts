import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { asActivity } from './border.ts'

type Store = Pick<typeof storeModule, 'endBan' | 'inTransaction' | 'readEndingBan'>

export interface BanDependencies {
  readonly pool: Pool
  readonly store: Store
}

/** When a ban ends, and where it is, by the names of now; of those asked before there were names, none. */
interface BanEnd {
  readonly at?: number
  readonly vo?: string
  readonly facility?: string
}

export type BanActivities = ReturnType<typeof createBanActivities>

/** Builds what `ban/<id>` calls. */
export function createBanActivities({ pool, store }: BanDependencies) {
  return {
    /** Tells when a ban ends, and what it is from; nothing where it is gone, or has no end. */
    findBanEnd: asActivity(async ({ id }: { readonly id: number }): Promise<BanEnd> => {
      const found = await store.readEndingBan(pool, id)
      if (found === undefined) return {}
      const { endsAt, vo, facility } = found
      return {
        at: endsAt.getTime(),
        ...(vo === undefined ? {} : { vo }),
        ...(facility === undefined ? {} : { facility }),
      }
    }),

    /** Lifts a ban whose end has come; false where it is gone or ends later. */
    endBan: asActivity(async ({ id, now }: { readonly id: number; readonly now: number }) =>
      store.inTransaction(pool, (tx) => store.endBan(tx, { id, now: new Date(now) })),
    ),
  }
}
