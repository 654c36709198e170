import { GuildhallError, type Fact } from '../core/errors.ts'

export interface DescribedError {
  readonly code: string
  readonly message: string
  readonly facts: Readonly<Record<string, Fact>>
}

/** Tells any error as a code, a sentence and facts; what is not ours is UNEXPECTED. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof GuildhallError) return { code: error.code, message: error.message, facts: error.facts }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'UNEXPECTED', message: message === '' ? 'Something failed without saying why' : message, facts: {} }
}
