import type { JsonObject, JsonValue } from '../../model/json.ts'
import { showValue } from '../../model/show-value.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import { lineFault, paragraphsFault } from '../input.ts'

/** An object as Perun tells it, and where it stands. */
export interface Bean {
  readonly file: string
  readonly line: number
  readonly value: JsonObject
}

/** What one call of a method gave. */
export interface Call {
  readonly file: string
  /** Such as `getGroupMembers`. */
  readonly method: string
  /** The numbers that were asked with, by name. */
  readonly asked: ReadonlyMap<string, number>
  readonly entries: readonly { readonly line: number; readonly value: JsonValue }[]
}

/** The objects of calls, without what is none; that is told. */
export function beansOf(calls: readonly Call[], { leftOut }: Notes): Bean[] {
  return calls.flatMap(({ file, entries }) =>
    entries.flatMap(({ line, value }) => {
      if (isObject(value)) return [{ file, line, value }]
      leftOut.push(noteOfPlace({ file, line }, 'the entry', `expected an object, got ${showValue(value)}`))
      return []
    }),
  )
}

/** An object inside another; undefined where there is none. */
export function inner({ file, line, value }: Bean, key: string): Bean | undefined {
  const own = value[key]
  return isObject(own) ? { file, line, value: own } : undefined
}

/** The objects of a list inside another. */
export function innerList({ file, line, value }: Bean, key: string): Bean[] {
  const own = value[key]
  if (!Array.isArray(own)) return []
  return own.flatMap((item: JsonValue) => (isObject(item) ? [{ file, line, value: item }] : []))
}

/** A number inside, such as an id; undefined where there is none. */
export function numberIn({ value }: Bean, key: string): number | undefined {
  const own = value[key]
  return typeof own === 'number' && Number.isSafeInteger(own) ? own : undefined
}

/** A line of text inside that can stand in a document; what cannot is told. Empty text is none. */
export function textIn(bean: Bean, key: string, notes: Notes): string | undefined {
  return readText(bean, key, { notes, faultOf: lineFault })
}

/** The same of a text that may have lines. */
export function paragraphsIn(bean: Bean, key: string, notes: Notes): string | undefined {
  return readText(bean, key, { notes, faultOf: paragraphsFault })
}

interface Reading {
  readonly notes: Notes
  readonly faultOf: (text: string) => string | undefined
}

function readText(bean: Bean, key: string, { notes, faultOf }: Reading): string | undefined {
  const text = bean.value[key]
  if (typeof text !== 'string' || text === '') return undefined
  const fault = faultOf(text)
  if (fault === undefined) return text
  notes.leftOut.push(noteOfPlace(bean, `${key} of ${nameOf(bean)}`, fault))
  return undefined
}

/** Names an object in a note: `Group 12`. */
export function nameOf(bean: Bean): string {
  const kind = bean.value['beanName']
  return `${typeof kind === 'string' ? kind.slice(0, 40) : 'object'} ${numberIn(bean, 'id') ?? 'without id'}`
}

/** Objects by id, each once; what has no id, or one that came before, is left out. */
export function byId(beans: readonly Bean[], notes: Notes): ReadonlyMap<number, Bean> {
  const found = new Map<number, Bean>()
  for (const bean of beans) {
    const id = numberIn(bean, 'id')
    if (id === undefined) notes.leftOut.push(noteOfPlace(bean, nameOf(bean), 'it has no id'))
    else if (!found.has(id)) found.set(id, bean)
  }
  return found
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
