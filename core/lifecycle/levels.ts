import type { SourceSpec } from '../../schemas/generated/config.ts'
import { durationOf, plus, type Day } from './calendar.ts'

/** When an identity was last seen at its source, and with which LoA. */
export interface Sighting {
  readonly loa: number
  readonly day: Day
}

/**
 * Tells the LoA of an identity on a day: as it was last seen, for as long as its source says that counts, else what its
 * source says of all its identities; undefined where neither says anything (design section 4).
 */
export function levelOf(
  source: SourceSpec | undefined,
  { seen, today }: { readonly seen: Sighting | undefined; readonly today: Day },
): number | undefined {
  if (source === undefined) return undefined
  const { validFor } = source
  const counts = seen !== undefined && (validFor === undefined || today < plus(seen.day, durationOf(validFor)))
  if (counts) return seen.loa
  return source.loa
}
