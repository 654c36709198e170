import type { Generator } from '../../generator.ts'
import { principalLines } from '../../kerberos.ts'
import { writeTargetFiles } from '../../target-files.ts'

const name = 'k5login-generic'
const attribute = 'resource.k5loginTargetUser'

/** Makes `k5login/<target user>`: the principals of the people of the resources that chose the target user. */
export const generator: Generator = {
  name,
  carriesStatus: false,
  requires: [],
  uses: [attribute, 'user.kerberosPrincipals'],
  generate: (input) =>
    writeTargetFiles(input, { generator: name, folder: 'k5login', attribute, linesOf: principalLines }),
}
