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
 * where two take each other's. Of those who ask for one value the first gets it who can have it; where that refuses a later word on a
 * holder, the earlier one stands. Returns the refusals by place, each by who has the value then.
 */
export function settleClaims(requests: readonly Claiming[]): ReadonlyMap<number, RefusedValue> {
  const beaten = new Map<number, Refusal>()
  for (;;) {
    const refused = settleWithout(requests, beaten)
    const more = firstsBeaten(refused)
    if (more.size === 0) return told(requests, refused)
    for (const [place, refusal] of more) beaten.set(place, refusal)
  }
}

/** Why somebody does not get a value: they are not the first who asks for it, or it stays with whoever has it. */
interface Refusal {
  /** The place of the first; absent where it stays. */
  readonly first?: number
  /** The number of refusals of others that it may come from. */
  readonly after: number
}

/** Refuses beside those who are beaten, in rounds: who is refused keeps what they have, which may refuse others. */
function settleWithout(
  requests: readonly Claiming[],
  beaten: ReadonlyMap<number, Refusal>,
): ReadonlyMap<number, Refusal> {
  const refused = new Map(beaten)
  for (;;) {
    const more = refusedNow(requests, refused)
    if (more.size === 0) return refused
    for (const [place, refusal] of more) refused.set(place, refusal)
  }
}

/** Of those before whom others stood back, the ones who were the soonest refused themselves: it was for nothing. */
function firstsBeaten(refused: ReadonlyMap<number, Refusal>): ReadonlyMap<number, Refusal> {
  const firsts = new Set([...refused.values()].map(({ first }) => first))
  const beaten = [...refused].filter(([place]) => firsts.has(place))
  return new Map(beaten.filter(([, { after }]) => after === beaten[0]?.[1].after))
}

function refusedNow(
  requests: readonly Claiming[],
  refused: ReadonlyMap<number, Refusal>,
): ReadonlyMap<number, Refusal> {
  const last = lastWords(requests, refused)
  const firsts = new Map<string, number>()
  const more = new Map<number, Refusal>()
  const after = refused.size
  requests.forEach(({ key, claim, owner, isRefused }, place) => {
    if (claim === undefined || isRefused || refused.has(place) || claim !== last.get(keyOfValue(key))) return
    const first = firsts.get(claim) ?? place
    if (owner !== undefined && !isGivenUp(owner, claim, last)) more.set(place, { after })
    else if (!isOfOne(requests, first, place)) more.set(place, { first, after })
    else firsts.set(claim, first)
  })
  return more
}

/** What each holder claims by the last word on it that is not refused. */
function lastWords(
  requests: readonly Claiming[],
  refused: ReadonlyMap<number, Refusal>,
): ReadonlyMap<string, string | undefined> {
  return new Map(
    requests.flatMap(({ key, claim, isRefused }, place) =>
      isRefused || refused.has(place) ? [] : [[keyOfValue(key), claim]],
    ),
  )
}

function isOfOne(requests: readonly Claiming[], one: number, other: number): boolean {
  const [a, b] = [requests[one], requests[other]]
  return a !== undefined && b !== undefined && keyOfValue(a.key) === keyOfValue(b.key)
}

/** By the last word on the holder that has it. */
function isGivenUp({ key }: Owner, claim: string, last: ReadonlyMap<string, string | undefined>): boolean {
  if (key === undefined) return false
  const holder = keyOfValue(key)
  return last.has(holder) && last.get(holder) !== claim
}

/** By what holds in the end: whoever is given the value by the batch, or still has it. */
function told(requests: readonly Claiming[], refused: ReadonlyMap<number, Refusal>): ReadonlyMap<number, RefusedValue> {
  const last = lastWords(requests, refused)
  const given = new Map<string, Claiming>()
  for (const request of requests) {
    const { key, claim } = request
    if (claim !== undefined && claim === last.get(keyOfValue(key))) given.set(claim, request)
  }
  return new Map(
    [...refused.keys()].map((place) => {
      const { claim = '', owner } = requests[place] ?? {}
      const winner = given.get(claim)
      return [place, winner === undefined ? ownedBy(owner) : givenTo(winner)]
    }),
  )
}

function ownedBy(owner: Owner | undefined): RefusedValue {
  const who = owner === undefined || owner.isHidden === true ? 'somebody else' : `"${owner.name}"`
  return { reason: 'taken', message: `${who} has or had this value, and it is unique; choose another` }
}

function givenTo({ label }: Claiming): RefusedValue {
  return {
    reason: 'taken',
    message: `"${label}" is given this value by the same call, and it is unique; choose another`,
  }
}
