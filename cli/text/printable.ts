/** What a terminal would obey, what ends a line, or half of a surrogate pair. */
const control = /[\p{Cc}\p{Cs}\u2028\u2029]/gu

/** Whether people can read all of a text, on one line. */
export function isPrintable(text: string): boolean {
  return text.search(control) === -1
}

/** Writes control characters as JSON does, so that a terminal shows them and obeys none. */
export function printable(text: string): string {
  return text.replace(control, (character) => escaped(character))
}

/** The same for a text of lines and columns. */
export function printableLines(text: string): string {
  return text.replace(control, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  )
}

function escaped(character: string): string {
  const short = JSON.stringify(character).slice(1, -1)
  return short === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : short
}
