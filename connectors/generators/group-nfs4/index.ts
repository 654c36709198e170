import type { Account, Generator } from '../../generator.ts'
import { writeGroupLines } from '../../group-lines.ts'
import { readPrincipals } from '../../kerberos.ts'

/** Makes `group-nfs4`: as `group`, with the Kerberos principals of people as members. */
export const generator: Generator = {
  name: 'group-nfs4',
  carriesStatus: false,
  requires: [],
  uses: ['group.unixGroupName', 'group.unixGid', 'user.kerberosPrincipals'],
  generate: (input) => writeGroupLines(input, { file: 'group-nfs4', namesOf }),
}

function namesOf(account: Account): { readonly names: readonly string[] } | { readonly reason: string } | undefined {
  const read = readPrincipals(account)
  return read === undefined || 'reason' in read ? read : { names: read.principals }
}
