import { isOneLine } from '../model/one-line.ts'

/** Tells one address, with nothing in it that a header or an envelope could be broken with, and nothing that is not seen. */
export function isAddress(text: string): boolean {
  return isOneLine(text) && !/[\u200c\u200d]/.test(text) && /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(text)
}
