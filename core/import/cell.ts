import type { UnreadableReason } from '../sources/record.ts'

/** A value, or why it cannot be read. */
export type Cell = string | Unreadable

interface Unreadable {
  readonly unreadable: UnreadableReason
}

/** Says why a value cannot be read. */
export function sayUnreadable({ unreadable }: Unreadable): string {
  return { 'too-long': 'it is too long', nul: 'a NUL is in it', 'not-utf8': 'it is not UTF-8' }[unreadable]
}
