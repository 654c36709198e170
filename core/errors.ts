import type { ErrorCode } from './error-codes.ts'

/** A fact an error is about, as it is shown to people and machines. */
export type Fact = string | number | boolean | readonly string[] | readonly Readonly<Record<string, string>>[]

interface Particulars {
  readonly facts?: Readonly<Record<string, Fact>>
  readonly cause?: unknown
}

/** The one error class of Guildhall: a stable code, a sentence for people, the facts as data. */
export class GuildhallError extends Error {
  override readonly name = 'GuildhallError'
  readonly code: ErrorCode
  readonly facts: Readonly<Record<string, Fact>>

  constructor(code: ErrorCode, message: string, particulars: Particulars = {}) {
    super(message, particulars.cause === undefined ? undefined : { cause: particulars.cause })
    this.code = code
    this.facts = particulars.facts ?? {}
  }
}
