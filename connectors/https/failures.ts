import { GuildhallError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/error-codes.ts'

/** Builds the error of a request that came to nothing. */
export function failed(code: ErrorCode, shown: string, reason: string): GuildhallError {
  return new GuildhallError(code, `Cannot read ${shown}: ${reason}`, { facts: { url: shown } })
}

/** The error of an answer that nothing has changed, where nothing is here that it could mean. */
export function nothingKept(shown: string): GuildhallError {
  const reason =
    'it answers 304, that nothing has changed, and nothing is kept here; have it send everything to who asks for it'
  return failed('SOURCE_ANSWER_WRONG', shown, reason)
}

/** Tells whether it is the error of a page that is not there. */
export function isNotThere(error: unknown): boolean {
  return error instanceof GuildhallError && error.facts['status'] === 404
}

const certificateWanted = ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE']
const certificateRefused = /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+|ACCESS_DENIED)$/
const certificateUnusable = /^ERR_OSSL_|^ERR_SSL_(KEY|CA|EE)_|^ERR_CRYPTO_/

/** What Node says of a connection, in words that tell what to do about it. */
export function explainFailure(error: unknown, shown: string): GuildhallError {
  if (error instanceof GuildhallError) return error
  const code = codeOf(error)
  if (certificateWanted.includes(code))
    return failed('SOURCE_REFUSED', shown, 'it wants a certificate of ours; give one as clientCertificate')
  if (certificateRefused.test(code))
    return failed('SOURCE_REFUSED', shown, `it does not take our certificate (${code})`)
  if (certificateUnusable.test(code))
    return failed('SOURCE_OPTIONS_INVALID', shown, `ca or clientCertificate is no PEM that fits together (${code})`)
  if (code === 'ERR_INVALID_CHAR')
    return failed(
      'SOURCE_OPTIONS_INVALID',
      shown,
      'a secret has a line break or another character that no header can have',
    )
  if (code.startsWith('HPE_')) return failed('SOURCE_ANSWER_WRONG', shown, `its answer is not HTTP (${code})`)
  if (code.startsWith('Z_')) return failed('SOURCE_ANSWER_WRONG', shown, `its answer cannot be unpacked (${code})`)
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return failed('SOURCE_ANSWER_WRONG', shown, 'its answer is not in the charset that it names')
  return failed('SOURCE_UNREACHABLE', shown, connectionFault(error, code))
}

const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name service does not answer',
  ECONNRESET: 'the connection was closed before the answer had come to its end',
  EPIPE: 'the connection was closed before the answer had come to its end',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was closed before the answer had come to its end',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody vouches for its certificate; give its issuer as ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody vouches for its certificate; give its issuer as ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'nobody vouches for its certificate; give its issuer as ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody vouches for its certificate; give its issuer as ca',
}

function connectionFault(error: unknown, code: string): string {
  const words = faults[code]
  const told = error instanceof Error && error.message !== '' ? error.message : code
  return words === undefined ? told : `${words} (${code})`
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}
