import type { Account, Generator } from '../../generator.ts'
import { writeGroupLines } from '../../group-lines.ts'
import { readLogin } from '../../unix-accounts.ts'

/** Makes `group`: a line for every assigned group that has a Unix name and number. */
export const generator: Generator = {
  name: 'group',
  carriesStatus: false,
  requires: ['user.login'],
  uses: ['group.unixGroupName', 'group.unixGid'],
  generate: (input) => writeGroupLines(input, { file: 'group', namesOf }),
}

function namesOf(account: Account): { readonly names: readonly string[] } | { readonly reason: string } {
  const login = readLogin(account)
  return 'reason' in login ? login : { names: [login.login] }
}
