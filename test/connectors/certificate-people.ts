import fc from 'fast-check'
import { isList } from '../../core/attributes/lists.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { Account } from '../../connectors/generator.ts'
import { certificateNames } from './corpus.ts'

const issuers = ['/C=EX/O=Authority/CN=CA 1', '/DC=org/DC=example/CN=CA <2> & Sons']

/** Values for `user.certificateDns`, as lists and as maps, few of them hostile; some people have the same ones. */
export const anyCertificates: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: fc.array(issued(), { maxLength: 3 }) },
  {
    weight: 3,
    arbitrary: fc.dictionary(subjectOf(fc.constantFrom('', '1:', '27:')), fc.constantFrom(...issuers), { maxKeys: 3 }),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.oneof(issued(), fc.constantFrom(...certificateNames.map(({ dn }) => dn))), { maxLength: 3 }),
  },
)

/** What `anyCertificates` gave somebody, each as `subject|issuer`, distinct and sorted. */
export function certificatesOf({ attributes }: Account): readonly string[] {
  const value = attributes['user.certificateDns'] ?? []
  const listed = isList(value)
    ? value.map(String)
    : Object.entries(value).map(([subject, issuer]) => `${subject.replace(/^\d+:/, '')}|${String(issuer)}`)
  return [...new Set(listed)].sort()
}

function issued(): fc.Arbitrary<string> {
  return fc.tuple(subjectOf(fc.constant('')), fc.constantFrom(...issuers)).map((names) => names.join('|'))
}

function subjectOf(prefix: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const name = fc.oneof(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9 '().:@&<>=-]{0,12}[A-Za-z0-9]$/),
    fc.constantFrom('host/grid.example.org', String.raw`Ji\xC5\x99\xC3\xAD`, 'Žofie Ďatlová', 'אדה לאבלייס'),
  )
  const organisation = fc.constantFrom('/C=EX/O=Lab', '/DC=org/DC=example/OU=People')
  const mail = fc.constantFrom('', '/emailAddress=ada@example.org')
  return fc
    .tuple(prefix, organisation, name, mail)
    .map(([before, where, who, address]) => `${before}${where}/CN=${who}${address}`)
}
