import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeLines } from '../../line-files.ts'
import { personOf, readLogin } from '../../unix-accounts.ts'
import { visible } from '../../visible-json.ts'

const file = 'banned-users.json'

/** Makes `banned-users.json`: who is banned here, by first identity. */
export const generator: Generator = {
  name: 'banned-users',
  carriesStatus: true,
  requires: [],
  uses: ['user.login'],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const banned: Account[] = []
  for await (const accounts of input.accounts()) banned.push(...accounts.filter((account) => account.banned))
  yield { kind: 'text', file, text: '{' }
  const [first] = banned
  yield* writeLines(file, banned, (account) => `${account === first ? '' : ','}\n  ${entryOf(account)}`)
  yield { kind: 'text', file, text: banned.length === 0 ? '}\n' : '\n}\n' }
}

function entryOf(account: Account): string {
  const login = readLogin(account)
  const ban = { identities: account.identities, ...('reason' in login ? {} : login), status: account.status }
  return visible(`${JSON.stringify(personOf(account))}: ${JSON.stringify(ban)}`)
}
