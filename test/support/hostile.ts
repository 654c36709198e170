import { readFileSync } from 'node:fs'

/** A pattern that takes engines with back-tracking for ever, and what it does so on: `repeat` again and again, then `end`. */
export interface EvilPattern {
  readonly pattern: string
  readonly repeat: string
  readonly end: string
}

/** Patterns of `test/data/forms/patterns.json`. */
export const evilPatterns = read('patterns.json') as readonly EvilPattern[]

/** Texts that mean something to a header, an envelope, a template, a shell, a spreadsheet, a terminal … */
export const injections = read('injections.json') as readonly string[]

/** The text of an evil pattern, so long. */
export function evilText({ repeat, end }: EvilPattern, length: number): string {
  return `${repeat.repeat(length).slice(0, length - end.length)}${end}`
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../data/forms/${name}`, import.meta.url), 'utf8'))
}
