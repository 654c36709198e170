import type { Generator } from '../../generator.ts'
import { readKeys } from '../../ssh-keys.ts'
import { writeTargetFiles } from '../../target-files.ts'

const name = 'sshkeys-generic'
const attribute = 'resource.sshkeysTargetUser'

/** Makes `authorized_keys/<target user>`: the keys of the people of the resources that chose the target user. */
export const generator: Generator = {
  name,
  carriesStatus: false,
  requires: [],
  uses: [attribute, 'user.sshKeys'],
  generate: (input) =>
    writeTargetFiles(input, { generator: name, folder: 'authorized_keys', attribute, linesOf: readKeys }),
}
