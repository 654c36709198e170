import type { JsonValue } from '../model/json.ts'
import type { NameType } from './names.ts'

/** The type of the package for a name's values. */
export function celType(type: NameType): string {
  return celTypes[type]
}

const celTypes: Readonly<Record<NameType, string>> = {
  string: 'string',
  integer: 'int',
  // A whole one comes as an integer.
  number: 'dyn',
  boolean: 'bool',
  array: 'list<dyn>',
  map: 'map<string, dyn>',
  texts: 'list<string>',
  numbers: 'list<int>',
}

/** Turns a value into one that the package computes with: its whole numbers are big. */
export function toCel(value: JsonValue): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (isList(value)) return value.map(toCel)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, inner]) => [key, toCel(inner)]))
}

/** Turns a result of the package into a value of ours; undefined where it is none. */
export function fromCel(result: unknown): JsonValue | undefined {
  switch (typeof result) {
    case 'string':
    case 'boolean':
      return result
    case 'number':
      return Number.isFinite(result) ? result : undefined
    case 'bigint':
      return Number.isSafeInteger(Number(result)) ? Number(result) : undefined
    case 'object':
      return fromObject(result)
    default:
      return undefined
  }
}

function fromObject(result: object | null): JsonValue | undefined {
  if (result === null) return null
  if (isUnknownList(result)) {
    const items = result.flatMap((item) => fromCel(item) ?? [])
    return items.length === result.length ? items : undefined
  }
  const entries = result instanceof Map ? [...result.entries()] : Object.entries(result)
  const fields = entries.flatMap(([key, inner]): [string, JsonValue][] => {
    const value = fromCel(inner)
    return typeof key === 'string' && value !== undefined ? [[key, value]] : []
  })
  return fields.length === entries.length ? Object.fromEntries(fields) : undefined
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isUnknownList(value: object): value is readonly unknown[] {
  return Array.isArray(value)
}
