import { unsafeInLine } from '../../core/model/one-line.ts'

/** What a terminal would obey is among it. */
const control = new RegExp(unsafeInLine, 'gu')

/** Writes control characters as JSON does, so that a terminal shows them and obeys none. */
export function printable(text: string): string {
  return text.replace(control, (character) => escaped(character))
}

/** The same for a text of lines and columns; JSON says the same after it. */
export function printableLines(text: string): string {
  return text.replace(control, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  )
}

function escaped(character: string): string {
  const short = JSON.stringify(character).slice(1, -1)
  if (short !== character) return short
  return character
    .split('')
    .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
