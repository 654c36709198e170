import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { asActivity } from './border.ts'

type Store = Pick<typeof storeModule, 'endInvitation' | 'inTransaction' | 'readInvitationEnd'>

export interface InvitationDependencies {
  readonly pool: Pool
  readonly store: Store
}

/** When an invitation ends, and the VO that it is to; nothing where it has ended. */
interface InvitationEnd {
  readonly at?: number
  readonly vo?: string
}

export type InvitationActivities = ReturnType<typeof createInvitationActivities>

/** Builds what `invitation/<id>` calls. */
export function createInvitationActivities({ pool, store }: InvitationDependencies) {
  return {
    /** Tells when an invitation ends, and the VO that it is to; nothing where it has ended. */
    findInvitationEnd: asActivity(async ({ id }: { readonly id: number }): Promise<InvitationEnd> => {
      const found = await store.readInvitationEnd(pool, id)
      return found === undefined ? {} : { at: found.endsAt.getTime(), vo: found.vo }
    }),

    /** Ends an invitation whose day has come; false where it has ended, or ends later. */
    endInvitation: asActivity(async ({ id, now }: { readonly id: number; readonly now: number }) =>
      store.inTransaction(pool, (tx) => store.endInvitation(tx, { id, now: new Date(now) })),
    ),
  }
}
