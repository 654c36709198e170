import { Environment } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'

/** The most characters of a text, and the most parts of a split one. */
export const mostOf = { characters: 10_000, parts: 100 } as const

/** The functions that expressions may call, each as it is written; everything else is refused when it is compiled. */
export const functions: Readonly<Record<string, string>> = {
  all: 'list.all(x, condition)',
  bool: 'bool(text)',
  contains: 'text.contains(text)',
  double: 'double(number)',
  endsWith: 'text.endsWith(text)',
  exists: 'list.exists(x, condition)',
  exists_one: 'list.exists_one(x, condition)',
  filter: 'list.filter(x, condition)',
  has: 'has(user.attribute)',
  indexOf: 'text.indexOf(text)',
  int: 'int(text)',
  join: 'list.join(text)',
  lastIndexOf: 'text.lastIndexOf(text)',
  lowerAscii: 'text.lowerAscii()',
  map: 'list.map(x, value)',
  matches: "text.matches('pattern')",
  replace: 'text.replace(text, text)',
  size: 'size(list or text)',
  split: 'text.split(text)',
  startsWith: 'text.startsWith(text)',
  string: 'string(value)',
  substring: 'text.substring(first, end)',
  trim: 'text.trim()',
  upperAscii: 'text.upperAscii()',
}

/** Functions that go through a list; what they do may cost as much as the list is long. */
export const comprehensions: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])

/**
 * Functions of the package that we do in another way, by the name ours has: its patterns would be JavaScript's, which can
 * take for ever; its texts and lists could grow without limit; and its letters would not be only those of ASCII.
 */
export const replaced: ReadonlyMap<string, string> = new Map([
  ['join', 'guildhallJoin'],
  ['lowerAscii', 'guildhallLower'],
  ['matches', 'guildhallMatches'],
  ['replace', 'guildhallReplace'],
  ['split', 'guildhallSplit'],
  ['upperAscii', 'guildhallUpper'],
])

/** Makes an environment of the package with our functions in it. */
export function createEnvironment(): Environment {
  const limits = { maxAstNodes: 500, maxDepth: 40, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 4 }
  return new Environment({ limits })
    .registerFunction('string.guildhallMatches(string): bool', matches, sync)
    .registerFunction('string.guildhallLower(): string', (text: string) => text.replace(/[A-Z]+/g, lower), sync)
    .registerFunction('string.guildhallUpper(): string', (text: string) => text.replace(/[a-z]+/g, upper), sync)
    .registerFunction('string.guildhallReplace(string, string): string', replace, sync)
    .registerFunction('string.guildhallSplit(string): list<string>', split, sync)
    .registerFunction('list<string>.guildhallJoin(): string', (list: readonly unknown[]) => join(list, ''), sync)
    .registerFunction('list<string>.guildhallJoin(string): string', join, sync)
}

const sync = { async: false }

/** Compiles a pattern that matches in time linear in the text; undefined where it is none. */
export function compilePattern(pattern: string): RE2JS | undefined {
  try {
    const compiled = RE2JS.compile(pattern)
    if (patterns.size >= 1000) patterns.clear()
    patterns.set(pattern, compiled)
    return compiled
  } catch {
    return undefined
  }
}

/** Compiled patterns; they follow from their text alone. */
const patterns = new Map<string, RE2JS>()

function matches(text: string, pattern: string): boolean {
  const compiled = patterns.get(pattern) ?? compilePattern(pattern)
  return compiled?.matcher(text).find() ?? false
}

function lower(letters: string): string {
  return letters.toLowerCase()
}

function upper(letters: string): string {
  return letters.toUpperCase()
}

function replace(text: string, from: string, to: string): string {
  const length = to.length > from.length ? text.length * (to.length + 1) : text.length
  const replaced = length > mostOf.characters * mostOf.parts ? undefined : text.replaceAll(from, () => to)
  if (replaced === undefined || replaced.length > Math.max(text.length, mostOf.characters))
    throw new RangeError(`replace() makes at most ${mostOf.characters} characters`)
  return replaced
}

function split(text: string, separator: string): string[] {
  const parts = text.split(separator, mostOf.parts + 1)
  if (parts.length > mostOf.parts) throw new RangeError(`split() makes at most ${mostOf.parts} parts`)
  return parts
}

function join(list: readonly unknown[], separator: string): string {
  const text = list.map(requireText).join(separator)
  if (text.length > mostOf.characters) throw new RangeError(`join() makes at most ${mostOf.characters} characters`)
  return text
}

function requireText(item: unknown): string {
  if (typeof item === 'string') return item
  throw new TypeError('join() joins texts')
}
