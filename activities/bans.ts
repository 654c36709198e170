import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { asActivity } from './border.ts'

type Store = Pick<typeof storeModule, 'endBan' | 'inTransaction' | 'readBanEnd'>

export interface BanDependencies {
  readonly pool: Pool
  readonly store: Store
}

export type BanActivities = ReturnType<typeof createBanActivities>

/** Builds what `ban/<id>` calls. */
export function createBanActivities({ pool, store }: BanDependencies) {
  return {
    /** Tells when a ban ends; nothing where it is gone, or has no end. */
    findBanEnd: asActivity(async ({ id }: { readonly id: number }): Promise<{ readonly at?: number }> => {
      const at = await store.readBanEnd(pool, id)
      return at === undefined ? {} : { at: at.getTime() }
    }),

    /** Lifts a ban whose end has come; false where it is gone or ends later. */
    endBan: asActivity(async ({ id, now }: { readonly id: number; readonly now: number }) =>
      store.inTransaction(pool, (tx) => store.endBan(tx, { id, now: new Date(now) })),
    ),
  }
}
