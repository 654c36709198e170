import { isList } from '../../../core/attributes/lists.ts'
import { writeAccess } from '../../apache-access.ts'
import type { Account, Generator } from '../../generator.ts'
import { isPlainAddress } from '../../mail-addresses.ts'

/** Makes the rules that let people into places of an Apache web server by what their home organisations call them. */
export const generator: Generator = {
  name: 'apache-shibboleth',
  carriesStatus: false,
  requires: ['user.eduPersonPrincipalNames'],
  uses: ['resource.apacheAuthzFile'],
  generate: (input) =>
    writeAccess(input, {
      folder: 'apache-shibboleth',
      namesOf,
      rulesFor: (people) => people.map((names) => `Require user ${names.join(' ')}`).sort(),
    }),
}

/** They have the form of addresses: `ada@example.org`. */
function namesOf({ attributes }: Account): { readonly names: readonly string[] } | { readonly reason: string } {
  const stored = attributes['user.eduPersonPrincipalNames'] ?? []
  if (isList(stored) && stored.length === 0) return { reason: 'user.eduPersonPrincipalNames is missing' }
  if (!isList(stored) || !stored.every(isPlainAddress))
    return { reason: 'user.eduPersonPrincipalNames is not a list of names such as "ada@example.org"' }
  return { names: [...new Set(stored)].sort() }
}
