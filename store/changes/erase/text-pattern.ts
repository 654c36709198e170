/**
 * Makes a pattern of PostgreSQL that finds these texts as whole words, also as JSON writes them; `idp/ada` is not in `idp/adam`.
 * It finds nothing where there are none.
 */
export function patternOf(texts: readonly string[]): string {
  const forms = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
  const found = [...new Set(forms)].filter((text) => text !== '').sort((a, b) => b.length - a.length)
  const escaped = found.map((text) => text.replaceAll(/[^A-Za-z0-9_\s\u0080-\uffff]/gu, String.raw`\$&`))
  if (escaped.length === 0) return '(?!)'
  return String.raw`(?<![A-Za-z0-9_/@-])(?:${escaped.join('|')})(?![A-Za-z0-9_/@-]|[.][A-Za-z0-9])`
}
