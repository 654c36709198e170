import type { RefusedValue } from './judge-values.ts'
import type { ValueKey } from './read-held.ts'
import type { Owner } from './unique-values.ts'
import { keyOfValue } from './value-columns.ts'

/** One request of a batch, as it stands before it is known who gets what must be unique. */
export interface Claiming {
  readonly key: ValueKey
  /** What it is of, as it is shown. */
  readonly label: string
  /** What it claims, as one text; undefined where it need not be unique, or is taken away. */
  readonly claim: string | undefined
  /** Who else has it before the batch. */
  readonly owner: Owner | undefined
  readonly isRefused: boolean
}

/**
 * Refuses, of a batch, what somebody else would have once all of it is done: who gives up a value frees it for others of the batch, also
 * where two take each other's. Of those who ask for one value the first gets it; where that refuses a later word on a holder, the
 * earlier one stands. Returns the refusals by place.
 */
export function settleClaims(requests: readonly Claiming[]): ReadonlyMap<number, RefusedValue> {
  const refused = new Map<number, RefusedValue>()
  // Who is refused keeps what they have, which may refuse others.
  for (;;) {
    const more = refusedNow(requests, refused)
    if (more.size === 0) return refused
    for (const [place, refusal] of more) refused.set(place, refusal)
  }
}

function refusedNow(
  requests: readonly Claiming[],
  refused: ReadonlyMap<number, RefusedValue>,
): ReadonlyMap<number, RefusedValue> {
  const isIn = (place: number): boolean => requests[place]?.isRefused === false && !refused.has(place)
  const last = new Map(requests.flatMap(({ key, claim }, place) => (isIn(place) ? [[keyOfValue(key), claim]] : [])))
  const firsts = new Map<string, Claiming>()
  const more = new Map<number, RefusedValue>()
  requests.forEach((request, place) => {
    const { key, claim, owner } = request
    if (claim === undefined || !isIn(place) || claim !== last.get(keyOfValue(key))) return
    const first = firsts.get(claim) ?? request
    if (owner !== undefined && !isGivenUp(owner, claim, last)) more.set(place, ownedBy(owner))
    else if (keyOfValue(first.key) !== keyOfValue(key)) more.set(place, givenTo(first))
    else firsts.set(claim, first)
  })
  return more
}

/** By the last word on the holder that has it. */
function isGivenUp({ key }: Owner, claim: string, last: ReadonlyMap<string, string | undefined>): boolean {
  if (key === undefined) return false
  const holder = keyOfValue(key)
  return last.has(holder) && last.get(holder) !== claim
}

function ownedBy({ name, isHidden = false }: Owner): RefusedValue {
  const who = isHidden ? 'somebody else' : `"${name}"`
  return { reason: 'taken', message: `${who} has or had this value, and it is unique; choose another` }
}

function givenTo({ label }: Claiming): RefusedValue {
  return {
    reason: 'taken',
    message: `"${label}" is given this value by the same call, and it is unique; choose another`,
  }
}
