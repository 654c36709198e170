import { longestText } from '../../core/model/longest-text.ts'
import { isOneLine } from '../../core/model/one-line.ts'
import { showValue } from '../../core/model/show-value.ts'

/** Whether a value of a line is a text that people can read, such as a reason. */
export function isWords(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= longestText && isOneLine(value)
}

/** Says of a value that is no such text what was expected and what came. */
export function expectedWords(key: string, expected: string, value: unknown): string {
  if (typeof value === 'string' && value.length > longestText)
    return `${key}: ${expected} of at most ${longestText} characters, got ${value.length}`
  const isText = typeof value === 'string' && value.trim() !== ''
  return `${key}: ${expected}, got ${isText ? 'a line break or another control character in ' : ''}${showValue(value ?? null)}`
}
