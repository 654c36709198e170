import type { OpenState } from './state.ts'

/** What keeps commits from coming into force, as the commands print it. */
export interface Halts {
  readonly freezes: readonly {
    /** Null where everything is frozen. */
    readonly scope: string | null
    readonly by: string
    readonly reason: string
    readonly at: string
  }[]
  readonly pin: { readonly commit: string; readonly by: string; readonly at: string } | null
}

/** Reads the freezes and the pin. */
export async function readHalts({ store, pool }: Pick<OpenState, 'store' | 'pool'>): Promise<Halts> {
  const freezes = await store.listFreezes(pool)
  const pin = await store.readPin(pool)
  return {
    freezes: freezes.map(({ scope = null, by, reason, at }) => ({ scope, by, reason, at: at.toISOString() })),
    pin: pin === undefined ? null : { commit: pin.commit, by: pin.by, at: pin.at.toISOString() },
  }
}
