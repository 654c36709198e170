import type { JsonValue } from '../core/model/json.ts'

const pathPattern = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/

/** Tells whether a value is an absolute path of plain characters, none of whose parts is hidden or leads upwards. */
export function isPlainPath(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && pathPattern.test(value)
}
