import type { Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeSorted } from '../../line-files.ts'
import { readAddresses } from '../../mail-addresses.ts'
import { isActive, personOf } from '../../unix-accounts.ts'

/** Makes `users-emails`: the addresses of everybody with access. */
export const generator: Generator = {
  name: 'users-emails',
  carriesStatus: false,
  requires: [],
  uses: ['user.email', 'user.emails'],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const all = new Set<string>()
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isActive)) {
      const read = readAddresses(account)
      if ('reason' in read) yield { kind: 'left-out', user: personOf(account), reason: read.reason }
      else for (const address of read.addresses) all.add(address)
    }
  }
  yield* writeSorted('users-emails', all)
}
