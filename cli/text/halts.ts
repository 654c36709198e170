import type { Halts } from '../system/read-halts.ts'
import { moment, short } from './words.ts'

/** One line for each freeze and the pin, with the command that lifts it; none where nothing stops commits. */
export function haltLines({ freezes, pin }: Halts): string[] {
  const frozen = freezes.map(({ scope, by, reason, at }) => {
    const lift = scope === null ? 'guildhall freeze --lift' : `guildhall freeze ${scope} --lift`
    return `Frozen: ${scope ?? 'everything'}, by ${by} since ${moment(at)} (${reason}); \`${lift}\` goes on`
  })
  return pin === null ? frozen : [...frozen, pinLine(pin)]
}

/** What is pinned, and the command that lifts it. */
export function pinLine({ commit, by, at }: NonNullable<Halts['pin']>): string {
  return `Pinned to ${short(commit)} by ${by} since ${moment(at)}; \`guildhall pin --lift\` follows the head again`
}
