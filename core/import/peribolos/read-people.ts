import { showValue } from '../../model/show-value.ts'
import type { Notes } from '../imported.ts'
import { itemsOf, leavingOut, placeOf, type Input } from '../input.ts'
import type { ReadLogin } from '../logins.ts'

interface Roles {
  readonly reading: { readonly notes: Notes; readonly readLogin: ReadLogin }
  readonly what: string
  /** The keys of those with more rights, and of the others. */
  readonly roles: readonly [string, string]
}

/** Reads who has more rights and who is in there at all, each once. */
export function readPeople(
  parts: readonly ReadonlyMap<string, Input>[],
  { reading, what, roles: [more, less] }: Roles,
): { readonly first: string[]; readonly all: string[] } {
  const seen = new Map<string, Input>()
  const read = (key: string) => (item: Input) => {
    const person = `${showValue(item.value)} in ${key} of ${what}`
    const identity = reading.readLogin(item, leavingOut(reading.notes, person))
    if (identity === undefined) return []
    const other = seen.get(identity)
    seen.set(identity, other ?? item)
    if (other === undefined) return [identity]
    leavingOut(reading.notes, person)(item, `the same person stands at ${placeOf(other)} already`)
    return []
  }
  const under = (key: string): string[] =>
    parts.flatMap((part) => itemsOf(part.get(key), leavingOut(reading.notes, `${key} of ${what}`))).flatMap(read(key))
  const first = under(more)
  return { first, all: [...first, ...under(less)] }
}
