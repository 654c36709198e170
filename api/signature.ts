import { createHmac, timingSafeEqual } from 'node:crypto'

export interface SignedBody {
  readonly body: Uint8Array
  readonly secret: string
  /** `sha256=` and 64 hex digits, as sent. */
  readonly signature: string
}

/** Tells whether a body was signed with our secret; takes the same time for every wrong signature. */
export function isSignedBy({ body, secret, signature }: SignedBody): boolean {
  const given = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1]
  if (given === undefined) return false
  return timingSafeEqual(Buffer.from(given, 'hex'), createHmac('sha256', secret).update(body).digest())
}
