import { isList } from '../core/attributes/lists.ts'
import type { JsonValue } from '../core/model/json.ts'
import type { Account } from './generator.ts'

/**
 * Parts such as `/CN=Ada Lovelace`, as OpenSSL writes names on one line: what is not ASCII stands there as it is, or as `\xC3`. No
 * other backslash, no quote and no `|`, nothing that is not seen, and no blank at an end.
 */
const namePattern =
  /^(\/[A-Za-z0-9][A-Za-z0-9.]*=(?! )(?:[^"\\|/\p{C}\p{Z}]| |\\x[0-9A-Fa-f]{2}|\/(?![A-Za-z0-9][A-Za-z0-9.]*=))+(?<! ))+$/u
const longestName = 500

/** A certificate as it names whom it is of and who made it; the issuer is undefined where nobody says. */
export interface Certificate {
  readonly subject: string
  readonly issuer: string | undefined
}

interface IssuedCertificate {
  readonly subject: string
  readonly issuer: string
}

/**
 * The certificates of a person (`user.certificateDns`), distinct and in the order of subjects; or why there are none to write. The value is a
 * list of subjects, each perhaps with `|` and the issuer, or a map of issuers by subject, which may have a number and `:` in front.
 */
export function readCertificates({
  attributes,
}: Account): { readonly certificates: readonly Certificate[] } | { readonly reason: string } {
  const read = partsOf(attributes['user.certificateDns'] ?? [])
  if (read?.length === 0) return { reason: 'user.certificateDns is missing' }
  if (read === undefined || !read.every(isCertificate))
    return { reason: 'user.certificateDns holds no names such as "/C=EX/O=Lab/CN=Ada" alone' }
  const distinct = new Map(read.map((one) => [`${one.subject}|${one.issuer ?? ''}`, one]))
  return { certificates: [...distinct].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each) }
}

/** The certificates of a person, each with its issuer; or why there are none to write. */
export function readIssued(
  account: Account,
): { readonly certificates: readonly IssuedCertificate[] } | { readonly reason: string } {
  const read = readCertificates(account)
  if ('reason' in read) return read
  const { certificates } = read
  return certificates.every(isIssued)
    ? { certificates }
    : { reason: 'user.certificateDns holds a certificate without its issuer' }
}

/** What makes two people's certificates one: the subject, as others compare it, whoever the issuer is. */
export function claimedSubjects(certificates: readonly Certificate[]): readonly string[] {
  return [...new Set(certificates.map(({ subject }) => subject.replaceAll(/ +/g, ' ').toLowerCase()))]
}

function partsOf(value: JsonValue): readonly { readonly subject: string; readonly issuer: unknown }[] | undefined {
  if (isList(value)) {
    return value.map((text) => {
      const [subject = '', ...issuer] = typeof text === 'string' ? text.split('|') : []
      return { subject, issuer: issuer.length === 0 ? undefined : issuer.join('|') }
    })
  }
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).map(([subject, issuer]) => ({ subject: subject.replace(/^[0-9]+:/, ''), issuer }))
}

function isCertificate(one: { readonly subject: string; readonly issuer: unknown }): one is Certificate {
  return isName(one.subject) && (one.issuer === undefined || isName(one.issuer))
}

function isIssued(certificate: Certificate): certificate is IssuedCertificate {
  return certificate.issuer !== undefined
}

function isName(text: unknown): boolean {
  return typeof text === 'string' && text.length <= longestName && namePattern.test(text)
}
