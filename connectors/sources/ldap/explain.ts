import { GuildhallError } from '../../../core/errors.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { FailureKind } from '../../ldap/failure.ts'
import { addressOf } from '../../ldap/server-options.ts'
import type { LdapOptions } from './options.ts'

/** What was being read. */
export interface Attempt {
  readonly options: LdapOptions
  /** The entry below which it was; empty where nothing was searched yet. */
  readonly base: string
  readonly signal: AbortSignal
}

const codes = {
  unreachable: 'SOURCE_UNREACHABLE',
  refused: 'SOURCE_REFUSED',
  wrong: 'SOURCE_ANSWER_WRONG',
} as const satisfies Record<FailureKind, string>

/** What to throw for what went wrong: the signal's own reason where that was it, an error of ours where the directory was. */
export function explain(error: unknown, { options, base, signal }: Attempt): unknown {
  if (signal.aborted) return signal.reason
  if (!(error instanceof LdapFailure)) return error
  const place = addressOf(options, base)
  const again = error.kind === 'unreachable' ? '; it is tried again' : ''
  return new GuildhallError(codes[error.kind], `Cannot read ${JSON.stringify(place)}: ${error.message}${again}`, {
    facts: { place, ...(error.result !== undefined && { result: error.result }) },
    cause: error,
  })
}
