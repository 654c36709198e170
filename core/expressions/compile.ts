import { EvaluationError, ParseError, TypeError as CelTypeError, type ParseResult } from '@marcbachmann/cel-js'
import { parseAttribute } from '../config/references.ts'
import type { JsonValue } from '../model/json.ts'
import { didYouMean } from '../model/nearest.ts'
import { mostSteps, stepsFor, type Cost } from './cost.ts'
import { explainError } from './explain-error.ts'
import { createEnvironment, mostOf } from './functions.ts'
import { inspect, type Flaw } from './inspect.ts'
import { asNamed, asWritten, isAnyField, type AnyField, type AttributeType, type Names } from './names.ts'
import { celType, fromCel, toCel } from './values.ts'

/** What an expression is evaluated on, by full name; what a person has not got is absent. */
export type Values = Readonly<Record<string, JsonValue | undefined>>

/** What an expression came to: a value, nothing because an attribute is missing, or nothing because it cannot be computed. */
type Outcome =
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string }

/** An expression that was checked. */
export interface Expression {
  readonly text: string
  /** The attributes and lists it reads, by full name. */
  readonly reads: readonly string[]
  /** The groups it asks for one by one; `any` where it does something else with `user.groups`. */
  readonly groups: readonly string[] | 'any'
  /** Evaluates it; takes a limited number of steps and never throws. */
  evaluate(values: Values): Outcome
}

/** What is wrong with the text of an expression. */
export interface ExpressionFault {
  readonly fault: string
}

/** The most characters of an expression. */
const mostCharacters = 2000

/** Compiles an expression that gives values of a type, or says what is wrong with it and at which character. */
export function compileExpression(
  text: string,
  { names, gives }: { readonly names: Names | AnyField; readonly gives: AttributeType },
): Expression | ExpressionFault {
  if (text.length > mostCharacters) {
    return { fault: `expected an expression of at most ${mostCharacters} characters, got ${text.length}` }
  }
  const holders = holdersIn(names)
  let parsed: ParseResult
  try {
    parsed = environmentFor(names).parse(text)
  } catch (error) {
    return faultIn(text, flawOf(error), holders)
  }
  const { reads: found, groups: asked, cost, flaws } = inspect(parsed.ast, holders)
  const [flaw] = [...flaws, ...unknownNames(found, names)]
  if (flaw !== undefined) return faultIn(text, flaw, holders)
  if (stepsFor(cost, mostOf.parts) > mostSteps) return { fault: 'goes through lists within lists too deeply' }
  const { valid, type = '', error } = parsed.check()
  if (!valid) return faultAt(text, flawOf(error))
  const wrong = wrongType(type, gives)
  if (wrong !== undefined) return { fault: wrong }
  const reads = [...found.keys()].map(asNamed).sort()
  const groups = asked === 'any' ? asked : [...asked].sort()
  return { text, reads, groups, evaluate: (values) => evaluate(parsed, { reads, cost, values }) }
}

/** Environments by their names; an expression is compiled for many groups with the same ones. */
const environments = new WeakMap<Names | AnyField, ReturnType<typeof createEnvironment>>()

function holdersIn(names: Names | AnyField): Set<string> {
  if (isAnyField(names)) return new Set([names.holder])
  return new Set([...names.keys()].map((name) => parseAttribute(asWritten(name)).holder))
}

function environmentFor(names: Names | AnyField): ReturnType<typeof createEnvironment> {
  const known = environments.get(names)
  if (known !== undefined) return known
  const environment = createEnvironment()
  environments.set(names, environment)
  if (isAnyField(names)) return environment.registerVariable(names.holder, 'map<string, list<string>>')
  const fields = new Map<string, Record<string, string>>()
  for (const [fullName, type] of names) {
    const { holder, name } = parseAttribute(asWritten(fullName))
    const schema = fields.get(holder) ?? {}
    schema[name] = celType(type)
    fields.set(holder, schema)
  }
  for (const [holder, schema] of fields) environment.registerVariable({ name: holder, schema })
  return environment
}

function unknownNames(found: ReadonlyMap<string, number>, names: Names | AnyField): Flaw[] {
  if (isAnyField(names)) return []
  return [...found]
    .filter(([name]) => !names.has(asNamed(name)))
    .map(([name, offset]) => ({
      message: `there is no attribute "${name}"${didYouMean(name, [...names.keys()].map(asWritten))}`,
      offset,
    }))
}

function faultIn(text: string, flaw: Flaw, holders: ReadonlySet<string>): ExpressionFault {
  return faultAt(text, withHyphen(text, holders) ?? flaw)
}

/** An attribute of a pair that is written as everywhere else. */
function withHyphen(text: string, holders: ReadonlySet<string>): Flaw | undefined {
  const [found] = text.matchAll(/\b[a-z]+-[a-z]+(?=\.[A-Za-z])/g)
  const holder = found?.[0].replaceAll('-', '_') ?? ''
  if (found === undefined || !holders.has(holder)) return undefined
  return { message: `expected "${holder}.", got "${found[0]}.", whose hyphen would be a minus`, offset: found.index }
}

function flawOf(error: unknown): Flaw {
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) throw error
  return { message: explainError(error.code, error.summary), offset: error.range?.start ?? 0 }
}

function faultAt(text: string, { message, offset }: Flaw): ExpressionFault {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return { fault: `${message} (at character ${offset + 1} of "${shown}")` }
}

const results: Readonly<Record<AttributeType, { readonly types: RegExp; readonly words: string }>> = {
  string: { types: /^(string|dyn)$/, words: 'text' },
  integer: { types: /^(int|dyn)$/, words: 'a whole number' },
  // A rule says yes or no; what might be anything has to be compared with something.
  boolean: { types: /^bool$/, words: 'true or false' },
  array: { types: /^(list.*|dyn)$/, words: 'a list' },
  map: { types: /^(map.*|dyn)$/, words: 'a mapping' },
}

function wrongType(type: string, gives: AttributeType): string | undefined {
  const { types, words } = results[gives]
  return types.test(type) ? undefined : `expected an expression that gives ${words}, got one that gives ${type}`
}

interface Evaluation {
  readonly reads: readonly string[]
  readonly cost: Cost
  readonly values: Values
}

function evaluate(parsed: ParseResult, { reads, cost, values }: Evaluation): Outcome {
  const context: Record<string, Map<string, unknown>> = {}
  let longest: number = mostOf.parts
  for (const read of reads) {
    const { holder, name } = parseAttribute(asWritten(read))
    const fields = (context[holder] ??= new Map<string, unknown>())
    const value = values[read]
    if (value === undefined || value === null) continue
    const size = sizeOf(value)
    if (longestText(value) > mostOf.characters) return tooLarge(read)
    longest = Math.max(longest, typeof value === 'string' ? 0 : size)
    fields.set(name, toCel(value))
  }
  if (stepsFor(cost, longest) > mostSteps) return failed('its lists are too long to go through')
  return compute(parsed, context)
}

function compute(parsed: ParseResult, context: object): Outcome {
  try {
    const result: unknown = parsed(context)
    const value = fromCel(result)
    return value === undefined || value === null ? failed('it gives no value') : { kind: 'value', value }
  } catch (error) {
    if (error instanceof EvaluationError) {
      return error.code === 'no_such_key' ? { kind: 'missing' } : failed(explainError(error.code, error.summary))
    }
    return failed(error instanceof Error ? error.message : String(error))
  }
}

function failed(message: string): Outcome {
  return { kind: 'failed', message }
}

function tooLarge(name: string): Outcome {
  return failed(`${name} has more than ${mostOf.characters} characters`)
}

function longestText(value: JsonValue): number {
  if (typeof value === 'string') return value.length
  return Array.isArray(value) ? Math.max(0, ...value.map(longestText)) : 0
}

function sizeOf(value: JsonValue): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}
