/** What a bracket does to the depth. */
const steps: ReadonlyMap<string, number> = new Map([
  ['{', 1],
  ['}', -1],
])

/**
 * The elements of an array as PostgreSQL writes it, those of arrays in it among them, without nulls; nothing where the text is cut
 * off.
 */
export function readPgArray(text: string): readonly string[] | undefined {
  if (!text.endsWith('}')) return undefined
  const elements: string[] = []
  let depth = 0
  const pattern = /"((?:[^"\\]|\\.)*)"|([^{},"\s][^{},"]*)/gsy
  for (let at = text.indexOf('{'); at < text.length;) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) {
      const mark = text.charAt(at)
      if (!/[{},\s]/.test(mark)) return undefined
      depth += steps.get(mark) ?? 0
      at += 1
      continue
    }
    const [, quoted, bare] = found
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/gs, '$1'))
    else if (bare !== undefined && bare !== 'NULL') elements.push(bare)
    at = pattern.lastIndex
  }
  return depth === 0 ? elements : undefined
}
