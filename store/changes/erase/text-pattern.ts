/**
 * Makes a pattern of PostgreSQL that finds these texts as whole words, also as JSON writes them; `idp/ada` is not in `idp/adam`.
 * It finds nothing where there are none.
 */
export function patternOf(texts: readonly string[]): string {
  const found = anyOf(texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))
  return found === undefined ? '(?!)' : `(?:(?<!${partOfWord})|${afterEscape})${found}(?!${partOfWord}|[.][A-Za-z0-9])`
}

/** Makes a pattern that finds what the other one finds, and each of these texts where it is all there is. */
export function orAlone(pattern: string, texts: readonly string[]): string {
  const found = anyOf(texts)
  return found === undefined ? pattern : `${pattern}|^${found}$`
}

const partOfWord = String.raw`[A-Za-z0-9_/@\u00c0-\u1fff-]`

/** JSON writes a line that ends before a word with a letter. */
const afterEscape = String.raw`(?<=\\[bfnrt])`

function anyOf(texts: readonly string[]): string | undefined {
  const found = [...new Set(texts)].filter((text) => text !== '').sort((a, b) => b.length - a.length)
  if (found.length === 0) return undefined
  const escaped = found.map((text) => text.replaceAll(/[^A-Za-z0-9_\s\u0080-\uffff]/gu, String.raw`\$&`))
  return `(?:${escaped.join('|')})`
}
