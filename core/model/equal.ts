/** Compares two JSON values; the order of an object's keys does not count, a key that is undefined counts as absent. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return areEqualLists(a, b)
  const keys = Object.keys(a)
  const isWithin = keys.every((key) => isEqual(Reflect.get(a, key), ownValue(b, key)))
  return isWithin && Object.keys(b).every((key) => Object.hasOwn(a, key) || Reflect.get(b, key) === undefined)
}

function ownValue(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined
}

function areEqualLists(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  return a.every((item, index) => isEqual(item, b[index]))
}
