import type { IdentityRef } from '../../core/model/state.ts'

/** People `idp/p00`, `idp/p01` …, enough of them for the guard to count shares. */
export const twelve = Array.from({ length: 12 }, (_, index): IdentityRef => `idp/p${String(index).padStart(2, '0')}`)

/** More of them than the guard lets go. */
export const half = twelve.slice(0, 6)
