import type { Generator } from '../../generator.ts'
import { writeEverybody } from '../../lines-of-people.ts'
import { readAddresses } from '../../mail-addresses.ts'

/** Makes `users-emails`: the addresses of everybody with access. */
export const generator: Generator = {
  name: 'users-emails',
  carriesStatus: false,
  requires: [],
  uses: ['user.email', 'user.emails'],
  generate: (input) =>
    writeEverybody(input, {
      file: 'users-emails',
      linesOf(account) {
        const read = readAddresses(account)
        return 'reason' in read ? read : { lines: read.addresses }
      },
    }),
}
