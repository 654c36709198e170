import type { ErrorObject } from 'ajv'
import { groupBy } from '../core/model/group-by.ts'
import { didYouMean, nearest } from '../core/model/nearest.ts'
import type { ConfigKind } from '../core/model/config-object.ts'
import { showValue } from '../core/model/show-value.ts'
import type { DocumentPath, Fault, WrittenAt } from './fault.ts'
import { isLaterKey, isLaterValue } from './later-keys.ts'

/** What the errors are about: the checked value, the kind of document it is, and its text. */
export interface Explained {
  readonly value: unknown
  /** Absent for values that are no configuration document. */
  readonly kind?: ConfigKind
  readonly writtenAt?: WrittenAt
}

const secretInPlain =
  'expected a secret by its name such as {secret: key}, got it in plain; take it out of git and change it'

/** Turns ajv's errors into faults: one for each mistake, in the order of the document's keys. */
export function explain(errors: readonly ErrorObject[], about: Explained): Fault[] {
  const faults = new Map<string, Fault>()
  const kept = withoutMisspelt(withoutOtherBranches(errors))
  for (const error of kept) {
    const fault = faultOf(error, about)
    if (fault === undefined) continue
    const key = JSON.stringify(fault.path)
    if (!faults.has(key)) faults.set(key, fault)
  }
  return [...faults.values()]
}

/** Keeps, of the alternatives of a key, only what is wrong with the one that was meant. */
function withoutOtherBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  const kept: ErrorObject[] = []
  for (const error of errors) {
    if (error.keyword !== 'anyOf') {
      kept.push(error)
      continue
    }
    const inside: ErrorObject[] = []
    for (let last = kept.at(-1); last !== undefined && isWithin(last, error); last = kept.at(-1)) {
      inside.unshift(last)
      kept.pop()
    }
    kept.push(...meantBranch(error, inside))
  }
  return kept
}

function isWithin(inner: ErrorObject, outer: ErrorObject): boolean {
  return inner.instancePath === outer.instancePath || inner.instancePath.startsWith(`${outer.instancePath}/`)
}

function meantBranch(whole: ErrorObject, inside: readonly ErrorObject[]): ErrorObject[] {
  const own = inside.filter((error) => error.instancePath === whole.instancePath)
  const nested = inside.filter((error) => error.instancePath !== whole.instancePath)
  // A branch that finds fault only further in is the one that was meant.
  const faulted = new Set(own.map((error) => error.parentSchema)).size
  if (nested.length > 0 && Array.isArray(whole.schema) && faulted < whole.schema.length) return nested
  const otherType = new Set(own.filter((error) => error.keyword === 'type').map((error) => error.parentSchema))
  const branches = groupBy(
    own.filter((error) => !otherType.has(error.parentSchema)),
    (error) => error.parentSchema,
  )
  const [first, ...others] = [...branches.values()]
  if (first === undefined) return [whole]
  const meant = others.reduce((best, branch) => (strangeness(branch) < strangeness(best) ? branch : best), first)
  return [...withoutMisspelt(meant), ...nested]
}

/** A branch is the less likely meant the more of its keys are missing; a misspelt key still points to it. */
function strangeness(branch: readonly ErrorObject[]): number {
  const left = withoutMisspelt(branch)
  return left.filter((error) => error.keyword === 'required').length * 100 + left.length
}

/** Drops a missing key where a misspelt one stands beside it. */
function withoutMisspelt(errors: readonly ErrorObject[]): ErrorObject[] {
  const unknown = groupBy(
    errors.filter((error) => error.keyword === 'additionalProperties'),
    (error) => error.instancePath,
  )
  if (unknown.size === 0) return [...errors]
  return errors.filter((error) => {
    const missing = parameter(error, 'missingProperty')
    if (error.keyword !== 'required' || missing === undefined) return true
    const beside = unknown.get(error.instancePath) ?? []
    return !beside.some((other) => nearest(parameter(other, 'additionalProperty') ?? '', [missing]) !== undefined)
  })
}

function faultOf(error: ErrorObject, about: Explained): Fault | undefined {
  const path = pathOf(error.instancePath, about.value)
  if (error.keyword === 'propertyNames') return undefined
  if (error.keyword === 'additionalProperties') return unknownKey(error, path, about.kind)
  if (error.keyword === 'required') return missingKey(error, path)
  if (error.keyword === 'uniqueBy') return repeatedEntry(error, path)
  if (error.keyword === 'uniqueItems') return repeatedItem(error, path)
  return keysTogether(error, path) ?? badValue(error, path, about)
}

function badValue(error: ErrorObject, path: DocumentPath, about: Explained): Fault {
  if (error.propertyName !== undefined) {
    const message = `expected ${expectedBy(error)}, got ${showValue(error.propertyName)}`
    return { code: codeOf(error), path: [...path, error.propertyName], on: 'key', message }
  }
  if (about.kind !== undefined && isLaterValue(about.kind, placeOf(path), error.data)) {
    const message = `${showValue(error.data)} is not supported yet; expected ${expectedBy(error)}`
    return { code: 'key-not-supported-yet', path, on: 'value', message }
  }
  if (wantsSecret(error)) return { code: 'secret-plain', path, on: 'value', message: secretInPlain }
  return { code: codeOf(error), path, on: 'value', message: mismatch(error, about.writtenAt?.(path)) }
}

/** A key that takes a secret by name was given text: what stands there may be the secret itself, and is not repeated. */
function wantsSecret(error: ErrorObject): boolean {
  const required: unknown = error.parentSchema?.['required']
  return error.keyword === 'type' && Array.isArray(required) && required.length === 1 && required[0] === 'secret'
}

function unknownKey(error: ErrorObject, path: DocumentPath, kind: ConfigKind | undefined): Fault {
  const key = parameter(error, 'additionalProperty') ?? ''
  const place = { path: [...path, key], on: 'key' } as const
  if (kind !== undefined && isLaterKey(kind, placeOf(path), key)) {
    return { ...place, code: 'key-not-supported-yet', message: `the key "${key}" is not supported yet; leave it out` }
  }
  const known = Object.keys(objectIn(error.parentSchema, 'properties'))
  const hint = didYouMean(key, known)
  const right = hint === '' ? `; known here: ${known.join(', ')}` : hint
  return { ...place, code: 'key-unknown', message: `unknown key ${showValue(key)}${right}` }
}

function missingKey(error: ErrorObject, path: DocumentPath): Fault {
  const missing = parameter(error, 'missingProperty') ?? ''
  return { code: 'value-invalid', path, on: 'key', message: `expected the key "${missing}" here` }
}

/** Two keys that exclude each other: `not` with nothing but both of them required. */
function keysTogether(error: ErrorObject, path: DocumentPath): Fault | undefined {
  const { required, ...others } = objectIn(error, 'schema')
  const isPair = Array.isArray(required) && required.length === 2 && Object.keys(others).length === 0
  if (error.keyword !== 'not' || !isPair) return undefined
  const message = `expected only one of the keys ${required.map(inQuotes).join(', ')} here`
  return { code: 'value-invalid', path: [...path, String(required[1])], on: 'key', message }
}

function repeatedEntry(error: ErrorObject, path: DocumentPath): Fault {
  const { index, key, value } = objectIn(error, 'params')
  const message = `expected another value than in the entries before, got ${showValue(value)} again`
  return { code: 'value-invalid', path: [...path, Number(index), String(key)], on: 'value', message }
}

function repeatedItem(error: ErrorObject, path: DocumentPath): Fault {
  const index = Math.max(Number(parameterOf(error, 'i')), Number(parameterOf(error, 'j')))
  const item: unknown = Array.isArray(error.data) ? error.data[index] : undefined
  const message = `expected every entry once, got ${showValue(item)} again`
  return { code: 'value-invalid', path: [...path, index], on: 'value', message }
}

function mismatch(error: ErrorObject, written: string | undefined): string {
  const expected = expectedBy(error)
  if (typeof error.data === 'number' && wantsText(error)) {
    return `expected ${expected}, got the number ${error.data}; write it in quotes: "${written ?? error.data}"`
  }
  if (error.keyword === 'enum' && typeof error.data === 'string') {
    const known = allowedBy(error).map(String)
    return `expected ${expected}, got ${showValue(error.data)}${didYouMean(error.data, known)}`
  }
  return `expected ${expected}, got ${showValue(error.data)}`
}

function wantsText(error: ErrorObject): boolean {
  if (error.keyword === 'type') return parameter(error, 'type') === 'string'
  return error.keyword === 'anyOf' && error.parentSchema?.['expected'] === undefined
}

/** Says what would be right: the schema's own words, else its keyword in words. */
function expectedBy(error: ErrorObject): string {
  const own: unknown = error.parentSchema?.['expected']
  if (typeof own === 'string' && error.keyword !== 'maxLength') return own
  return error.keyword === 'anyOf' ? expectedOfAny(error) : expectedByKeyword(error)
}

function expectedByKeyword(error: ErrorObject): string {
  const limit = String(parameterOf(error, 'limit'))
  const words: Readonly<Record<string, string>> = {
    enum: allowedBy(error).map(inQuotes).join(', '),
    const: inQuotes(parameterOf(error, 'allowedValue')),
    minimum: `a number of at least ${limit}`,
    maximum: `a number of at most ${limit}`,
    exclusiveMinimum: `a number above ${limit}`,
    exclusiveMaximum: `a number below ${limit}`,
    minLength: `at least ${limit} characters`,
    maxLength: `at most ${limit} characters`,
    minItems: `a list with at least ${limit} entry`,
    maxItems: `a list of at most ${limit}`,
    minProperties: `at least ${limit} of the keys`,
    pattern: `text that matches ${parameter(error, 'pattern') ?? ''}`,
    format: `a ${parameter(error, 'format') ?? 'format'}`,
    type: typeInWords(parameterOf(error, 'type')),
  }
  return words[error.keyword] ?? `a value with ${error.message ?? error.keyword}`
}

function inQuotes(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

function expectedOfAny(error: ErrorObject): string {
  const own: unknown = error.parentSchema?.['description']
  const examples: unknown = error.parentSchema?.['examples']
  const shown = Array.isArray(examples) ? examples.map((example) => JSON.stringify(example)).join(' or ') : ''
  if (shown !== '') return shown
  return typeof own === 'string' ? own : 'another value'
}

function typeInWords(type: unknown): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    null: 'nothing',
  }
  return [type]
    .flat()
    .map((name) => words[String(name)] ?? String(name))
    .join(' or ')
}

function codeOf(error: ErrorObject): Fault['code'] {
  if (error.keyword !== 'pattern' && error.keyword !== 'maxLength') return 'value-invalid'
  const code: unknown = error.parentSchema?.['code']
  return code === 'name-unsafe' || code === 'value-unsafe' ? code : 'value-invalid'
}

function allowedBy(error: ErrorObject): readonly unknown[] {
  const allowed = parameterOf(error, 'allowedValues')
  return Array.isArray(allowed) ? allowed : []
}

function parameterOf(error: ErrorObject, name: string): unknown {
  return objectIn(error, 'params')[name]
}

function parameter(error: ErrorObject, name: string): string | undefined {
  const value = parameterOf(error, name)
  return typeof value === 'string' ? value : undefined
}

function objectIn(holder: object | undefined, key: string): Record<string, unknown> {
  const value: unknown = holder === undefined ? undefined : Reflect.get(holder, key)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function pathOf(pointer: string, root: unknown): DocumentPath {
  let value: unknown = root
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
      const step = Array.isArray(value) ? Number(name) : name
      value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
      return step
    })
}

function placeOf(path: DocumentPath): string {
  return path
    .map((step) => (typeof step === 'number' ? '[]' : `.${step}`))
    .join('')
    .slice(1)
}
