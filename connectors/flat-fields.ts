import { readValue } from './source-records.ts'
import type { Unreadable } from './source-records.ts'

/** How the fields of an object are called, and which are left out. */
export interface FlatNames {
  /** Of a member of the object itself; undefined leaves it out. */
  readonly nameOf?: (member: string) => string | undefined
}

const deepest = 10

/**
 * Makes fields of a JSON object: `{name: {familyName: 'L'}}` is `name.familyName`, and lists give their values one after the other,
 * the one that is `primary` first. What lies deeper than ten levels is too long, and so are whole numbers that would be rounded.
 */
export function* flatFields(
  object: Readonly<Record<string, unknown>>,
  { nameOf = (member) => member }: FlatNames = {},
): Generator<readonly [field: string, value: string | Unreadable]> {
  for (const [member, value] of Object.entries(object)) {
    const name = nameOf(member)
    if (name !== undefined) yield* flatten(name, value, 1)
  }
}

function* flatten(field: string, value: unknown, depth: number): Generator<readonly [string, string | Unreadable]> {
  if (value === null) return
  if (depth > deepest || isRounded(value)) yield [field, { unreadable: 'too-long' }]
  else if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    for (const item of primaryFirst(items)) yield* flatten(field, item, depth + 1)
  } else if (typeof value === 'object') {
    for (const [member, inner] of Object.entries(value)) yield* flatten(`${field}.${member}`, inner, depth + 1)
  } else if (typeof value === 'string') yield [field, readValue(value)]
  else if (isPlain(value)) yield [field, String(value)]
}

/** A number with more digits than JavaScript keeps is another one by now, perhaps somebody else's. */
function isRounded(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
}

function isPlain(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}

function primaryFirst(items: readonly unknown[]): readonly unknown[] {
  return items.toSorted((one, other) => Number(isPrimary(other)) - Number(isPrimary(one)))
}

function isPrimary(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'primary' in item && item.primary === true
}
