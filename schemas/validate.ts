import { Ajv, type ValidateFunction } from 'ajv'
import { RE2JS } from 're2js'
import { didYouMean } from '../core/model/nearest.ts'
import { configKinds, type ConfigKind } from '../core/model/config-object.ts'
import type { JsonValue } from '../core/model/json.ts'
import { explain } from './explain.ts'
import { showValue } from '../core/model/show-value.ts'
import type { Fault, WrittenAt } from './fault.ts'
import { laterKinds } from './later-keys.ts'
import { ownSchemas, readSchema } from './own-schemas.ts'
import { unkeptFaults } from './unkept-faults.ts'

const mostFaults = 50
const forValues = { strict: false, allErrors: true, verbose: true, validateFormats: false } as const

/** Raise it when a schema or a check changes, so that what was parsed before is parsed again. */
export const schemaVersion = 1

const schemasOfValues = new Ajv({ ...forValues, logger: false })
const validators = compileDocuments()
const validateIdentity = ownSchemas.compile({ $ref: 'common.schema.json#/definitions/identity' })
const validateCapability = ownSchemas.compile({ $ref: 'common.schema.json#/definitions/capability' })

/** Lists the mistakes of a plain document; a document without any is one of ours. */
export function documentFaults(document: unknown, writtenAt?: WrittenAt): Fault[] {
  const kind = kindIn(document)
  if (typeof kind === 'object') return [kind]
  const validate = validators[kind]
  if (validate(document)) return unkeptFaults(document).slice(0, mostFaults)
  const faults = explain(validate.errors ?? [], { value: document, kind, ...(writtenAt && { writtenAt }) })
  return faults.slice(0, mostFaults)
}

/** Tells whether a text is an identity `<source>/<login>`. */
export function isIdentity(text: string): boolean {
  return validateIdentity(text)
}

/** Tells whether a text is a capability in the form of AARC-G027 that a document may hold. */
export function isCapability(text: string): boolean {
  return validateCapability(text)
}

/** Checks a value against a schema that a document or a connector brings along. */
export type Check = (value: JsonValue) => Fault[]

/**
 * Compiles a schema that a document brings along: no references, patterns in linear time. A bad schema gives its fault. What was
 * compiled lately is kept.
 */
export function compileCheck(schema: JsonValue): Check | Fault {
  const key = JSON.stringify(schema)
  const check = lately.get(key) ?? compile(schema)
  lately.delete(key)
  lately.set(key, check)
  const [oldest] = lately.keys()
  if (lately.size > mostKept && oldest !== undefined) lately.delete(oldest)
  return check
}

const mostKept = 1_000
const lately = new Map<string, Check | Fault>()

function compile(schema: JsonValue): Check | Fault {
  if (typeof schema !== 'object' || schema === null) return badSchema('expected a mapping')
  const refused = forbiddenKeyword(schema)
  if (refused !== undefined) return badSchema(`the keyword "${refused}" is not allowed here`)
  const regExp = Object.assign(linearPattern, { code: 'linearPattern' })
  try {
    // Made anew, for it keeps all it ever compiled; the schema of schemas, which takes longest, is compiled once.
    if (schemasOfValues.validateSchema(schema) !== true)
      return badSchema(`schema is invalid: ${schemasOfValues.errorsText()}`)
    const ajv = new Ajv({ ...forValues, logger: false, meta: false, validateSchema: false, code: { regExp } })
    return checkWith(ajv.compile(schema))
  } catch (error) {
    return badSchema(error instanceof Error ? error.message : String(error))
  }
}

/** Compiles a schema of our own, such as the options of a destination type. */
export function compileOwnCheck(schema: Readonly<Record<string, unknown>>): Check {
  return checkWith(new Ajv(forValues).compile(schema))
}

function checkWith(validate: ValidateFunction): Check {
  return (value) => (validate(value) ? [] : explain(validate.errors ?? [], { value }).slice(0, mostFaults))
}

function badSchema(reason: string): Fault {
  return { code: 'value-invalid', path: [], on: 'value', message: `expected a JSON Schema: ${reason}` }
}

function linearPattern(pattern: string): RegExp & { test(text: string): boolean } {
  // The translation would take it for the letter.
  if (/(?:^|[^\\])(?:\\\\)*\\k</.test(pattern)) throw new Error(`the pattern ${pattern} refers back to a group`)
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
  const test = (text: string) => compiled.matcher(text).find()
  // ajv keeps the patterns of a schema by their text, so each has to show its own.
  return Object.assign(new RegExp(''), { test, toString: () => JSON.stringify(pattern) })
}

/** References could leave the schema or never end. */
function forbiddenKeyword(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref' || key === '$id' || key === '$recursiveRef' || key === '$dynamicRef') return key
    const inner = forbiddenKeyword(value)
    if (inner !== undefined) return inner
  }
  return undefined
}

function kindIn(document: unknown): ConfigKind | Fault {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    const message = `expected a document with apiVersion, kind, metadata and spec, got ${showValue(document)}`
    return { code: 'value-invalid', path: [], on: 'value', message }
  }
  const kind: unknown = Reflect.get(document, 'kind')
  const known = configKinds.find((name) => name === kind)
  if (known !== undefined) return known
  if (kind === undefined) return { code: 'value-invalid', path: [], on: 'key', message: 'expected the key "kind" here' }
  if (typeof kind === 'string' && laterKinds.includes(kind)) {
    const message = `documents of kind "${kind}" are not supported yet; leave it out`
    return { code: 'key-not-supported-yet', path: ['kind'], on: 'value', message }
  }
  const hint = typeof kind === 'string' ? didYouMean(kind, configKinds) : ''
  const message = `expected one of ${configKinds.join(', ')}, got ${showValue(kind)}${hint}`
  return { code: 'value-invalid', path: ['kind'], on: 'value', message }
}

function compileDocuments(): Readonly<Record<ConfigKind, ValidateFunction>> {
  const compile = (kind: ConfigKind) => ownSchemas.compile(readSchema(`config/${kind.toLowerCase()}`))
  return {
    Instance: compile('Instance'),
    Source: compile('Source'),
    Attribute: compile('Attribute'),
    Service: compile('Service'),
    User: compile('User'),
    Facility: compile('Facility'),
    VO: compile('VO'),
    Group: compile('Group'),
    Resource: compile('Resource'),
    Form: compile('Form'),
    Notification: compile('Notification'),
  }
}
