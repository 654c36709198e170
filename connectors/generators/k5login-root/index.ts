import type { Generator } from '../../generator.ts'
import { principalLines } from '../../kerberos.ts'
import { writeEverybody } from '../../lines-of-people.ts'

/** Makes `k5login`: the principals of everybody here, for one account that all of them may use. */
export const generator: Generator = {
  name: 'k5login-root',
  carriesStatus: false,
  requires: [],
  uses: ['user.kerberosPrincipals'],
  generate: (input) => writeEverybody(input, { file: 'k5login', linesOf: principalLines }),
}
