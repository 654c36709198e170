import type { IncomingMessage } from 'node:http'

/** By what a server tells whether something is still the same (RFC 9110, section 8.8). */
export interface Validator {
  readonly kind: 'etag' | 'lastModified'
  /** As the server wrote it. */
  readonly value: string
}

type Head = Pick<IncomingMessage, 'headers'>

/** What changes within a second of a date may have the same date; this long before it was sent, it has (RFC 7232, section 2.2.2). */
const settledMs = 60_000

/** The validator of an answer: its etag, else a date that tells; nothing where the answer is not to be stored. */
export function validatorOf(response: Head): Validator | undefined {
  const { etag, date, 'last-modified': lastModified } = response.headers
  if (!isStorable(response)) return undefined
  if (etag !== undefined) return { kind: 'etag', value: etag }
  if (lastModified === undefined || date === undefined) return undefined
  return Date.parse(date) - Date.parse(lastModified) >= settledMs
    ? { kind: 'lastModified', value: lastModified }
    : undefined
}

/** Whether a server lets its answer be stored (RFC 9111, section 5.2.2.5). */
export function isStorable({ headers }: Head): boolean {
  return !/(?:^|,)\s*no-store\s*(?:,|$)/i.test(headers['cache-control'] ?? '')
}
