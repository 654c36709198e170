/** Tells whether a parsed or thrown value has properties; `instanceof` would fail for values of another realm. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
