import { GuildhallError } from '../../../core/errors.ts'
import type { ErrorCode } from '../../../core/error-codes.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { FailureKind } from '../../ldap/failure.ts'
import { addressOf } from '../../ldap/server-options.ts'
import type { LdapOptions } from './options.ts'

const codes: Readonly<Record<FailureKind, ErrorCode>> = {
  unreachable: 'DESTINATION_UNREACHABLE',
  refused: 'DELIVERY_REFUSED',
  wrong: 'DESTINATION_UNREACHABLE',
}

/** What to throw for what went wrong: the signal's own reason where that was it, an error of ours where the directory was. */
export function explain(error: unknown, options: LdapOptions, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (!(error instanceof LdapFailure)) return error
  const place = addressOf(options, options.baseDn)
  const again = error.kind === 'unreachable' ? '; it is tried again' : ''
  return new GuildhallError(codes[error.kind], `Cannot deliver to ${JSON.stringify(place)}: ${error.message}${again}`, {
    facts: { place, ...(error.result !== undefined && { result: error.result }) },
    cause: error,
  })
}
