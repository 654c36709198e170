import { isOneLine } from '../core/model/one-line.ts'

/** What most text is made of, and quickly told. */
const plainField = /^[ -9;-~]*$/

/** Tells whether text can be one field of a line whose fields are parted by `:`. */
export function isField(text: string): boolean {
  return plainField.test(text) || (isOneLine(text) && !text.includes(':'))
}
