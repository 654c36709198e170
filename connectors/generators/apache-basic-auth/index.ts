import { writeAccess } from '../../apache-access.ts'
import type { Account, Generator } from '../../generator.ts'
import { readLogin } from '../../unix-accounts.ts'

/** Makes the rules that let people into places of an Apache web server by their login. */
export const generator: Generator = {
  name: 'apache-basic-auth',
  carriesStatus: false,
  requires: ['user.login'],
  uses: ['resource.apacheAuthzFile'],
  generate: (input) =>
    writeAccess(input, {
      folder: 'apache-basic-auth',
      namesOf,
      rulesFor: (people) => [`Require user ${people.flat().sort().join(' ')}`],
    }),
}

function namesOf(account: Account): { readonly names: readonly string[] } | { readonly reason: string } {
  const read = readLogin(account)
  return 'reason' in read ? read : { names: [read.login] }
}
