import { GuildhallError } from '../../core/errors.ts'
import type { Fact } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/error-codes.ts'

/** Why a request came to nothing, as far as that is the same whether something is read or delivered. */
export type FaultKind = 'address-refused' | 'answer-wrong' | 'options-invalid' | 'refused' | 'unreachable'

/** What failures are called where something is read, and where something is delivered. */
export interface Direction {
  readonly codes: Readonly<Record<FaultKind, ErrorCode>>
  /** What cannot be done, before a URL. */
  readonly does: string
  /** What cannot be done, before a host. */
  readonly doesAt: string
  readonly otherSide: 'destination' | 'source'
}

export const reading: Direction = {
  codes: {
    'address-refused': 'SOURCE_ADDRESS_REFUSED',
    'answer-wrong': 'SOURCE_ANSWER_WRONG',
    'options-invalid': 'SOURCE_OPTIONS_INVALID',
    refused: 'SOURCE_REFUSED',
    unreachable: 'SOURCE_UNREACHABLE',
  },
  does: 'read',
  doesAt: 'read from',
  otherSide: 'source',
}

export const delivering: Direction = {
  codes: {
    'address-refused': 'DESTINATION_ADDRESS_REFUSED',
    'answer-wrong': 'DESTINATION_ANSWER_WRONG',
    'options-invalid': 'DESTINATION_OPTIONS_INVALID',
    refused: 'DELIVERY_REFUSED',
    unreachable: 'DESTINATION_UNREACHABLE',
  },
  does: 'deliver to',
  doesAt: 'deliver to',
  otherSide: 'destination',
}

type Facts = Readonly<Record<string, Fact>>

/** A request that came to nothing, its message being the reason; `explainFailure` makes it an error of one direction. */
export class HttpsFault extends Error {
  override readonly name = 'HttpsFault'
  readonly kind: FaultKind
  /** What is at fault where that is not the URL as a whole, such as `"people.example"`. */
  readonly at: string | undefined
  readonly facts: Facts

  constructor(
    kind: FaultKind,
    reason: string,
    { at, facts = {} }: { readonly at?: string; readonly facts?: Facts } = {},
  ) {
    super(reason)
    this.kind = kind
    this.at = at
    this.facts = facts
  }
}

/** Builds the error of a read that came to nothing. */
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

/** Builds the error of an option that cannot be used. */
export function invalidOption(direction: Direction, option: string, wanted: string): GuildhallError {
  const { codes, otherSide } = direction
  return new GuildhallError(codes['options-invalid'], `Cannot use this ${otherSide}: its ${option} must be ${wanted}`, {
    facts: { option },
  })
}

/** The error that a failure is in a direction: what Node says of a connection, in words that tell what to do about it. */
export function explainFailure(direction: Direction, shown: string, error: unknown): GuildhallError {
  if (error instanceof GuildhallError) return error
  const { kind, message, at, facts } = error instanceof HttpsFault ? error : faultOf(error)
  const cannot = at === undefined ? `Cannot ${direction.does} ${shown}` : `Cannot ${direction.doesAt} ${at}`
  return new GuildhallError(direction.codes[kind], `${cannot}: ${message}`, {
    facts: at === undefined ? { url: shown, ...facts } : facts,
  })
}

function faultOf(error: unknown): HttpsFault {
  const code = codeOf(error)
  if (certificateWanted.includes(code))
    return new HttpsFault('refused', 'it wants a certificate of ours; give one as clientCertificate')
  if (certificateRefused.test(code)) return new HttpsFault('refused', `it does not take our certificate (${code})`)
  if (certificateUnusable.test(code))
    return new HttpsFault('options-invalid', `ca or clientCertificate is no PEM that fits together (${code})`)
  if (code === 'ERR_INVALID_CHAR')
    return new HttpsFault('options-invalid', 'a secret has a line break or another character that no header can have')
  if (code.startsWith('HPE_')) return new HttpsFault('answer-wrong', `its answer is not HTTP (${code})`)
  if (code.startsWith('Z_')) return new HttpsFault('answer-wrong', `its answer cannot be unpacked (${code})`)
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new HttpsFault('answer-wrong', 'its answer is not in the charset that it names')
  return new HttpsFault('unreachable', connectionFault(error, code))
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
