import { isEqual } from '../model/equal.ts'
import type { JsonValue } from '../model/json.ts'

/** A value in force, and who gave it: of origin `sync`, which source. */
export interface ValueInForce {
  readonly value: JsonValue
  readonly origin: string
  readonly source: string | undefined
}

/** What a source says besides the value in force. */
export interface ValueAside {
  readonly source: string
  readonly value: JsonValue
}

/** Somebody's value of an attribute, and what a run of a source says of it. */
export interface ValueQuestion {
  /** The source of the run. */
  readonly source: string
  /** Undefined where it says nothing of the attribute. */
  readonly said: JsonValue | undefined
  readonly held: ValueInForce | undefined
  /** What sources say that is not in force; of this one at most one. */
  readonly aside: readonly ValueAside[]
  /** Whether it goes also before what people gave. */
  readonly overwrite: boolean
  /** Names of sources, those of most authority first. */
  readonly order: readonly string[]
}

/** What is to hold then; what is undefined stays as it is. */
export interface SettledValue {
  readonly held?: ValueInForce | 'none'
  /** What is put aside, by source; without a value what was aside is taken away. */
  readonly aside?: readonly { readonly source: string; readonly value: JsonValue | undefined }[]
}

/**
 * Tells what a run of a source makes of a value. Git and what makes itself stand above every source; what a person or a manager gave
 * stays, where the source does not overwrite: a list then has the source's entries beside its own. Of two sources the one of more
 * authority is in force, and what the other says is kept aside until it says nothing more. Asked again with what it told, it tells nothing.
 */
export function settleValue(question: ValueQuestion): SettledValue {
  const { held, said, source } = question
  if (held === undefined) return said === undefined ? without(question) : inForce(question, said)
  if (held.origin === 'sync') return held.source === source ? ofOwn(question, held) : ofOther(question, held)
  return given.has(held.origin) ? ofPeople(question, held) : without(question)
}

/** Tells whether a source has more authority than another: earlier in the order; those that are not in it come last, by name. */
export function isAbove(one: string, other: string, order: readonly string[]): boolean {
  const [a, b] = [placeOf(one, order), placeOf(other, order)]
  return a === b ? one < other : a < b
}

/** Origins of values that people gave. */
const given: ReadonlySet<string> = new Set(['application', 'manager', 'self'])

function placeOf(source: string, order: readonly string[]): number {
  const place = order.indexOf(source)
  return place < 0 ? order.length : place
}

function asideOf({ aside }: ValueQuestion, source: string): ValueAside | undefined {
  return aside.find((one) => one.source === source)
}

function ofPeople(question: ValueQuestion, held: ValueInForce): SettledValue {
  const { overwrite, said } = question
  if (overwrite && said !== undefined) return inForce(question, said)
  if (!isList(held.value) || (said !== undefined && !isList(said))) return without(question)
  return ofList(question, { ...held, value: held.value })
}

/** What the source said is in force, and not aside any more. */
function inForce(question: ValueQuestion, value: JsonValue): SettledValue {
  return { ...without(question), held: { value, origin: 'sync', source: question.source } }
}

function without(question: ValueQuestion): SettledValue {
  const { source } = question
  return asideOf(question, source) === undefined ? {} : { aside: [{ source, value: undefined }] }
}

function ofOwn(question: ValueQuestion, held: ValueInForce): SettledValue {
  const { said, aside, source, order } = question
  if (said !== undefined) return isEqual(said, held.value) ? without(question) : inForce(question, said)
  const [next] = aside
    .filter((one) => one.source !== source)
    .sort((a, b) => (isAbove(a.source, b.source, order) ? -1 : 1))
  if (next === undefined) return { held: 'none', ...without(question) }
  return {
    held: { value: next.value, origin: 'sync', source: next.source },
    aside: [...(without(question).aside ?? []), { source: next.source, value: undefined }],
  }
}

function ofOther(question: ValueQuestion, held: ValueInForce): SettledValue {
  const { said, source, order } = question
  if (said === undefined) return without(question)
  if (held.source === undefined) return inForce(question, said)
  if (!isAbove(source, held.source, order)) return setAside(question, said)
  const taken = inForce(question, said)
  return { ...taken, aside: [...(taken.aside ?? []), { source: held.source, value: held.value }] }
}

function setAside(question: ValueQuestion, value: JsonValue): SettledValue {
  const { source } = question
  return isEqual(asideOf(question, source)?.value, value) ? {} : { aside: [{ source, value }] }
}

/** A list that a person gave, with the entries that the source brought, which are kept aside. */
function ofList(
  question: ValueQuestion,
  held: Omit<ValueInForce, 'value'> & { readonly value: readonly JsonValue[] },
): SettledValue {
  const { said, source } = question
  const before = asideOf(question, source)?.value
  const brought = isList(before) ? before : []
  const wanted = isList(said) ? said : []
  const kept = held.value.filter((item) => !has(brought, item) || has(wanted, item))
  const added = wanted.filter((item) => !has(kept, item))
  const nowBrought = [...brought.filter((item) => has(wanted, item) && has(kept, item)), ...added]
  const value = [...kept, ...added]
  return {
    ...(!isEqual(value, held.value) && { held: { value, origin: held.origin, source: held.source } }),
    ...(nowBrought.length === 0 ? without(question) : setAside(question, nowBrought)),
  }
}

function has(list: readonly JsonValue[], item: JsonValue): boolean {
  return list.some((one) => isEqual(one, item))
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
