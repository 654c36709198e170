import fc from 'fast-check'
import type { Account } from '../../connectors/generator.ts'
import type { JsonObject, JsonValue } from '../../core/model/json.ts'
import { addresses } from './corpus.ts'
import { peopleWith } from './generator-input.ts'

/** Values for `user.email`, every fourth of them hostile. */
export const anyAddress: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 3, arbitrary: plainAddress() },
  { weight: 1, arbitrary: fc.constantFrom(...addresses.map(({ address }) => address)) },
)

/** Values for `user.emails`, few of them hostile. */
export const anyAddresses: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 9, arbitrary: fc.array(plainAddress(), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(anyAddress, { maxLength: 3 }) },
)

/** So many people with hostile names and these values, all VALID, each with an identity of their own. */
export function manyPeople(count: number, more: Readonly<Record<string, fc.Arbitrary<JsonValue>>>): Account[] {
  const people = fc.sample(peopleWith(more), count).flat().slice(0, count)
  return people.map((one, index) => ({ ...one, identities: [`idp/p${index}`], status: 'VALID', banned: false }))
}

/** A value as text; empty where it is none. */
export function textOf({ attributes }: { readonly attributes: JsonObject }, name: string): string {
  const value = attributes[name]
  return typeof value === 'string' ? value : ''
}

function plainAddress(): fc.Arbitrary<string> {
  const local = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_+='&-]{0,9}(\.[A-Za-z0-9_+='&-]{1,9}){0,2}$/)
  return fc
    .tuple(local, fc.constantFrom('example.org', 'mail.Example.com', 'xn--mller-kva.example'))
    .map(([name, domain]) => `${name}@${domain}`)
}
