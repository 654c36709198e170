const plain = /^[\0-\x7f]*$/

/**
 * Gives a text that is the same for two values that a directory takes for one where case does not count (`caseIgnoreMatch`, RFC 4518):
 * composed or not, with more or fewer spaces.
 */
export function foldValue(value: string): string {
  return small(value.normalize('NFKC')).replace(/ +/g, ' ').trim()
}

/** Letter by letter: within a word, a sigma becomes the one letter that a directory makes of it, wherever it stands. */
function small(text: string): string {
  return plain.test(text) ? text.toLowerCase() : Array.from(text, (letter) => letter.toLowerCase()).join('')
}
