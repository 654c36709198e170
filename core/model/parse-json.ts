import type { JsonValue } from './json.ts'

/** Reads a text as JSON; undefined where it is none. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJson(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What JSON.parse gives is JSON all the way down. */
function isJson(value: unknown): value is JsonValue {
  return value !== undefined
}
