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

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
