import type { JsonValue } from '../model/json.ts'
import type { Holder } from './holders.ts'

/** What may list the values that a holder's may be: what it lies in. */
export const listHolders: Readonly<Record<Holder, readonly Holder[]>> = {
  ...{ facility: [], user: [], identity: [], vo: ['facility'], host: ['facility'], 'user-facility': ['facility'] },
  ...{ group: ['vo'], member: ['vo'], 'member-group': ['vo', 'group'] },
  ...{ resource: ['facility', 'vo'], 'member-resource': ['facility', 'vo', 'resource'] },
  'group-resource': ['facility', 'vo', 'resource', 'group'],
}

/** Finds what of a value does not stand in a list: the value itself, or one of its elements; undefined where all of it does. */
export function outsideOf(list: JsonValue, value: JsonValue): JsonValue | undefined {
  if (!isList(list)) return undefined
  const picked: readonly JsonValue[] = isList(value) ? value : [value]
  return picked.find((one) => !list.includes(one))
}

/** These lists, and those that they have to stand in themselves, as `outerOf` tells of each. */
export function withOuter(named: readonly string[], outerOf: (list: string) => readonly string[]): string[] {
  const lists = new Set(named)
  // Grows while it is gone through.
  for (const list of lists) for (const outer of outerOf(list)) lists.add(outer)
  return [...lists]
}

/** A list that a value has to stand in, by itself or as another list has to, and whether it does. */
export interface ListAround {
  readonly list: string
  /** What gives the list and where, such as `vos/astro.yaml:9`. */
  readonly at: string
  readonly has: boolean
}

/** Says in which lists a value does not stand, and which others have it; the first one apart, for words between. */
export function describeLists(lists: readonly ListAround[]): { readonly first: string; readonly others: string } {
  const [first = 'its list', ...lacking] = lists.filter(({ has }) => !has).map(nameOf)
  const having = lists.filter(({ has }) => has).map(nameOf)
  const nor = lacking.length === 0 ? '' : `, nor in ${enumerate(lacking)}`
  return { first, others: having.length === 0 ? nor : `${nor}, though in ${enumerate(having)}` }
}

function nameOf({ list, at }: ListAround): string {
  return `${list} of ${at}`
}

/** How many lists are named; of more there is a number. */
const mostNamed = 3

function enumerate(names: readonly string[]): string {
  const more = names.length - mostNamed
  return [...names.slice(0, mostNamed), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

/** Tells a list from other values. */
export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
