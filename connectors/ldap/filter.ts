import { Cursor } from './cursor.ts'
import type { Refuse } from './cursor.ts'
import { textOf } from './utf8.ts'

/** What entries have to be like to be found. */
export type LdapFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly LdapFilter[] }
  | { readonly kind: 'not'; readonly filter: LdapFilter }
  | { readonly kind: 'present'; readonly attribute: string }
  | { readonly kind: 'equal'; readonly attribute: string; readonly value: Uint8Array }
  | { readonly kind: 'atLeast' | 'atMost' | 'like'; readonly attribute: string; readonly value: string }
  | {
      readonly kind: 'substrings'
      readonly attribute: string
      readonly initial: string
      readonly any: readonly string[]
      readonly final: string
    }
  | {
      readonly kind: 'rule'
      readonly attribute: string
      readonly rule: string
      readonly ofDn: boolean
      readonly value: string
    }

const deepest = 100

/** Reads a filter (RFC 4515), with white space between its parts as it comes about where one is written over several lines. */
export function parseFilter(text: string, refuse: Refuse): LdapFilter {
  const cursor = new Cursor(text.trim(), refuse)
  const filter = readFilter(cursor, 0)
  if (!cursor.isAtEnd) throw cursor.problem('expected the end')
  return filter
}

function readFilter(cursor: Cursor, depth: number): LdapFilter {
  if (depth > deepest) throw cursor.problem(`expected at most ${deepest} filters in each other`)
  cursor.expect(/\(\s*/y, '"("')
  const operator = cursor.take(/[&|!]\s*/y)?.charAt(0)
  const filter = operator === undefined ? readItem(cursor) : readComposite(cursor, operator, depth + 1)
  cursor.expect(/\)\s*/y, '")"')
  return filter
}

function readComposite(cursor: Cursor, operator: string, depth: number): LdapFilter {
  if (operator === '!') return { kind: 'not', filter: readFilter(cursor, depth) }
  const filters: LdapFilter[] = []
  while (cursor.next === '(') filters.push(readFilter(cursor, depth))
  return { kind: operator === '&' ? 'and' : 'or', filters }
}

const attributePattern = /(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)(?:;[A-Za-z0-9-]+)*/y

function readItem(cursor: Cursor): LdapFilter {
  const attribute = cursor.take(attributePattern)
  if (cursor.next === ':') return readRule(cursor, attribute ?? '')
  if (attribute === undefined) throw cursor.problem('expected an attribute such as "uid"')
  switch (cursor.expect(/[<>~]?=/y, '"=", ">=", "<=" or "~="')) {
    case '>=':
      return { kind: 'atLeast', attribute, value: readText(cursor) }
    case '<=':
      return { kind: 'atMost', attribute, value: readText(cursor) }
    case '~=':
      return { kind: 'like', attribute, value: readText(cursor) }
    default:
      return readEqual(cursor, attribute)
  }
}

function readRule(cursor: Cursor, attribute: string): LdapFilter {
  const ofDn = cursor.take(/:dn(?=:)/iy) !== undefined
  const rule = cursor.take(/:[A-Za-z0-9.-]+/y)?.slice(1) ?? ''
  cursor.expect(/:=/y, '":="')
  if (attribute === '' && rule === '') throw cursor.problem('expected an attribute or a rule before ":="')
  return { kind: 'rule', attribute, rule, ofDn, value: readText(cursor) }
}

function readEqual(cursor: Cursor, attribute: string): LdapFilter {
  if (cursor.take(/\*(?=\))/y) !== undefined) return { kind: 'present', attribute }
  const first = readBytes(cursor)
  if (cursor.next !== '*') return { kind: 'equal', attribute, value: first }
  const pieces = [inUtf8(cursor, first)]
  while (cursor.take(/\*/y) !== undefined) pieces.push(readText(cursor))
  const any = pieces.slice(1, -1)
  if (any.includes('')) throw cursor.problem('expected something between "*" and "*"')
  return { kind: 'substrings', attribute, initial: pieces[0] ?? '', any, final: pieces.at(-1) ?? '' }
}

function readText(cursor: Cursor): string {
  return inUtf8(cursor, readBytes(cursor))
}

function inUtf8(cursor: Cursor, bytes: Uint8Array): string {
  const text = textOf(bytes)
  if (text === undefined) throw cursor.problem('expected a value in UTF-8')
  return text
}

function readBytes(cursor: Cursor): Uint8Array {
  const bytes: Buffer[] = []
  for (;;) {
    const plain = cursor.take(/[^\0()*\\]+/y)
    if (plain !== undefined) bytes.push(Buffer.from(plain))
    if (cursor.next !== '\\') return Buffer.concat(bytes)
    const hex = cursor.expect(/\\[0-9A-Fa-f]{2}/y, '"\\" and two hexadecimal digits')
    bytes.push(Buffer.from(hex.slice(1), 'hex'))
  }
}
