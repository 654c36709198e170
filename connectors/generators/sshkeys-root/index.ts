import type { Generator } from '../../generator.ts'
import { writeEverybody } from '../../lines-of-people.ts'
import { readKeys } from '../../ssh-keys.ts'

/** Makes `authorized_keys`: the keys of everybody here, for one account that all of them may use. */
export const generator: Generator = {
  name: 'sshkeys-root',
  carriesStatus: false,
  requires: [],
  uses: ['user.sshKeys'],
  generate: (input) => writeEverybody(input, { file: 'authorized_keys', linesOf: readKeys }),
}
