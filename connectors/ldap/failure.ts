/** Why a directory could not be asked: it is away, it does not want to, or its answer is none. */
export type FailureKind = 'unreachable' | 'refused' | 'wrong'

/** What went wrong with a directory, as the end of a sentence; whoever asked says what was asked for. */
export class LdapFailure extends Error {
  override readonly name = 'LdapFailure'
  readonly kind: FailureKind
  /** The result code of RFC 4511, where the directory gave one. */
  readonly result: number | undefined

  constructor(
    kind: FailureKind,
    reason: string,
    particulars: { readonly result?: number; readonly cause?: unknown } = {},
  ) {
    super(reason, particulars.cause === undefined ? undefined : { cause: particulars.cause })
    this.kind = kind
    this.result = particulars.result
  }
}

const names: Readonly<Record<number, string>> = {
  1: 'operationsError',
  2: 'protocolError',
  3: 'timeLimitExceeded',
  4: 'sizeLimitExceeded',
  7: 'authMethodNotSupported',
  8: 'strongerAuthRequired',
  10: 'referral',
  11: 'adminLimitExceeded',
  12: 'unavailableCriticalExtension',
  13: 'confidentialityRequired',
  16: 'noSuchAttribute',
  17: 'undefinedAttributeType',
  18: 'inappropriateMatching',
  19: 'constraintViolation',
  20: 'attributeOrValueExists',
  21: 'invalidAttributeSyntax',
  32: 'noSuchObject',
  34: 'invalidDNSyntax',
  48: 'inappropriateAuthentication',
  49: 'invalidCredentials',
  50: 'insufficientAccessRights',
  51: 'busy',
  52: 'unavailable',
  53: 'unwillingToPerform',
  64: 'namingViolation',
  65: 'objectClassViolation',
  66: 'notAllowedOnNonLeaf',
  67: 'notAllowedOnRDN',
  68: 'entryAlreadyExists',
  69: 'objectClassModsProhibited',
  80: 'other',
}

const hints: Readonly<Record<number, string>> = {
  3: 'let the bound account search for longer, or select less',
  4: 'let the bound account read everybody, or make pageSize smaller',
  8: 'use ldaps or startTls, or bind as somebody',
  10: 'ask the server that it names',
  11: 'let the bound account read everybody, or select less',
  12: 'the server has to offer paged results (RFC 2696)',
  13: 'use ldaps or startTls',
  32: 'nothing there, or nothing that the bound account may see',
  49: 'bindDn or the password is wrong',
}

const passing: ReadonlySet<number> = new Set([51, 52])

/** The failure that a result other than success is. */
export function failureOfResult(result: number, said: string): LdapFailure {
  const name = names[result] ?? `result ${result}`
  const own = said === '' ? '' : ` (${JSON.stringify(said.slice(0, 200))})`
  const hint = hints[result] === undefined ? '' : `; ${hints[result]}`
  const kind = passing.has(result) ? 'unreachable' : 'refused'
  return new LdapFailure(kind, `it answered ${name}${own}${hint}`, { result })
}
