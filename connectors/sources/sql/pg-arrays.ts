/**
 * The elements of an array as PostgreSQL writes it, those of arrays in it among them, without nulls; nothing where the text is cut
 * off.
 */
export function readPgArray(text: string): readonly string[] | undefined {
  if (!text.endsWith('}')) return undefined
  const elements: string[] = []
  const pattern = /"((?:[^"\\]|\\.)*)"|([^{},"\s][^{},"]*)/gsy
  for (let at = text.indexOf('{'); at < text.length;) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) {
      if (!/[{},\s]/.test(text.charAt(at))) return undefined
      at += 1
      continue
    }
    const [, quoted, bare] = found
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/gs, '$1'))
    else if (bare !== undefined && bare !== 'NULL') elements.push(bare)
    at = pattern.lastIndex
  }
  return elements
}
