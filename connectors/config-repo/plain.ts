import { Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import type { DocumentPath } from '../../schemas/fault.ts'

/**
 * Where the parts of plain documents stand in the text: for each list the offset of every entry, for each mapping the
 * offsets of key and value of every key, in the order of `Object.keys`.
 */
export type Offsets = Map<object, Uint32Array>

/** Something in a document that is YAML, but not plain data. */
export interface PlainFault {
  readonly offset: number
  readonly message: string
  /** False for a value that harms only its own document. */
  readonly fatal: boolean
}

interface Making {
  readonly offsets: Offsets
  readonly faults: PlainFault[]
}

const canonicalNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const arrayIndex = /^(?:0|[1-9][0-9]{0,9})$/

/** Turns a composed document into plain data, and notes where every part of it stands. */
export function toPlain(
  contents: unknown,
  offsets: Offsets,
): { readonly value: JsonValue; readonly faults: PlainFault[] } {
  const making = { offsets, faults: [] }
  return { value: plainOf(contents, making), faults: making.faults }
}

function plainOf(node: unknown, making: Making): JsonValue {
  if (node instanceof Scalar) return scalarOf(node, making)
  if (node instanceof YAMLMap) return mapOf(node.items, making)
  if (node instanceof YAMLSeq) return listOf(node.items, making)
  return null
}

function listOf(items: readonly unknown[], making: Making): JsonValue {
  const values: JsonValue[] = new Array<JsonValue>(items.length)
  const offsets = new Uint32Array(items.length)
  for (const [index, item] of items.entries()) {
    values[index] = plainOf(item, making)
    offsets[index] = startOf(item)
  }
  making.offsets.set(values, offsets)
  return values
}

function mapOf(pairs: readonly unknown[], making: Making): JsonObject {
  const value: Record<string, JsonValue> = {}
  const offsets = new Uint32Array(pairs.length * 2)
  const keys: string[] = []
  let reordered = false
  for (const pair of pairs) {
    if (!(pair instanceof Pair)) continue
    const key = keyOf(pair.key, making)
    if (key === undefined) continue
    if (Object.hasOwn(value, key)) {
      making.faults.push({ offset: startOf(pair.key), message: `the key "${key}" stands here twice`, fatal: true })
      continue
    }
    offsets[keys.length * 2] = startOf(pair.key)
    offsets[keys.length * 2 + 1] = pair.value === null ? startOf(pair.key) : startOf(pair.value)
    keys.push(key)
    reordered ||= arrayIndex.test(key)
    value[key] = plainOf(pair.value, making)
  }
  making.offsets.set(value, reordered ? inKeyOrder(value, keys, offsets) : offsets)
  return value
}

/** JavaScript lists keys that look like indices first. */
function inKeyOrder(value: object, keys: readonly string[], offsets: Uint32Array): Uint32Array {
  const at = new Map(keys.map((key, index) => [key, index]))
  const ordered = Object.keys(value).flatMap((key) => {
    const index = (at.get(key) ?? 0) * 2
    return [offsets[index] ?? 0, offsets[index + 1] ?? 0]
  })
  return Uint32Array.from(ordered)
}

function keyOf(node: unknown, making: Making): string | undefined {
  if (!(node instanceof Scalar)) {
    making.faults.push({ offset: startOf(node), message: 'expected a key that is text', fatal: true })
    return undefined
  }
  const key = typeof node.value === 'string' ? node.value : (node.source ?? '')
  if (key === '__proto__' || key === '<<') {
    making.faults.push({ offset: startOf(node), message: `the key "${key}" is not allowed`, fatal: true })
    return undefined
  }
  return key
}

function scalarOf(node: Scalar, making: Making): JsonValue {
  const { value } = node
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  return typeof value === 'number' ? numberOf(node, value, making) : (node.source ?? '')
}

function numberOf(node: Scalar, value: number, making: Making): JsonValue {
  const written = (node.source ?? '').slice(0, 60)
  const isExact = canonicalNumber.test(node.source ?? '') && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (!isExact) {
    const message = `expected a plain decimal number, got ${written}; if it is text, write it in quotes: "${written}"`
    making.faults.push({ offset: startOf(node), message, fatal: false })
  }
  return Number.isFinite(value) ? value : null
}

function startOf(node: unknown): number {
  if (node instanceof Scalar || node instanceof YAMLMap || node instanceof YAMLSeq) return node.range?.[0] ?? 0
  return 0
}

/** Finds the offset of the key or the value at a path; of the nearest holder where the path ends early. */
export function offsetOf(
  offsets: Offsets,
  root: unknown,
  want: { readonly path: DocumentPath; readonly on: 'key' | 'value' },
): number | undefined {
  let value: unknown = root
  let offset: number | undefined
  for (const [depth, step] of want.path.entries()) {
    if (typeof value !== 'object' || value === null) break
    const found = stepOffset(offsets, value, step)
    if (found === undefined) break
    const last = depth === want.path.length - 1
    offset = last && want.on === 'key' ? found.key : found.value
    value = Reflect.get(value, step)
  }
  return offset
}

/** Finds the offsets of the entries of the list at a path. */
export function entryOffsets(offsets: Offsets, root: unknown, path: DocumentPath): Uint32Array | undefined {
  let value = root
  for (const step of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  return Array.isArray(value) ? offsets.get(value) : undefined
}

function stepOffset(
  offsets: Offsets,
  holder: object,
  step: string | number,
): { readonly key: number; readonly value: number } | undefined {
  const known = offsets.get(holder)
  const index = typeof step === 'number' ? step : Object.keys(holder).indexOf(step)
  if (known === undefined || index < 0) return undefined
  if (typeof step === 'number') {
    const offset = known[index]
    return offset === undefined ? undefined : { key: offset, value: offset }
  }
  return { key: known[index * 2] ?? 0, value: known[index * 2 + 1] ?? 0 }
}
