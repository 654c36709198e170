const firstMs = 1_000
const mostMs = 15 * 60 * 1000

/** After so many failures in a row the circuit is open: a destination is asked first, and sent something only if it answers. */
export const opensAfter = 8

/** A destination that has been failing for so long is called degraded. */
export const degradedAfterMs = 24 * 60 * 60 * 1000

/** Tells how long to wait after `failures` in a row: 1 s, doubled each time up to 15 min, spread by a quarter either way. */
export function backOffMs(failures: number, chance: number): number {
  const plainMs = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 20))
  return Math.min(mostMs, Math.max(firstMs, Math.round(plainMs * (0.75 + chance / 2))))
}

export type DeliveryState = 'degraded' | 'failing' | 'open'

/** Names the state of a destination in trouble. */
export function stateOf({ failures, sinceAt }: { failures: number; sinceAt: number }, at: number): DeliveryState {
  if (at - sinceAt >= degradedAfterMs) return 'degraded'
  return failures >= opensAfter ? 'open' : 'failing'
}
