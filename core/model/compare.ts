import type { Position } from './finding.ts'

/** Compares two texts by code point, the order of every list that Guildhall prints. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const end = Math.min(a.length, b.length)
  for (let index = 0; index < end; index += 1) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left === right) continue
    const surrogates = Number(isSurrogate(left)) - Number(isSurrogate(right))
    return surrogates === 0 ? left - right : surrogates
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others. */
function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

const nowhere: Position = { file: '', line: 0, column: 0 }

/** Orders places by file, line and column; what has none comes first. */
export function comparePositions(a = nowhere, b = nowhere): number {
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column
}
