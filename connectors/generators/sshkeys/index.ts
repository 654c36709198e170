import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { sharedLogins } from '../../shared-logins.ts'
import { readKeys } from '../../ssh-keys.ts'
import { isActive, personOf, readLogin } from '../../unix-accounts.ts'

/** Makes `authorized_keys/<login>` for everybody who has a well-formed key. */
export const generator: Generator = {
  name: 'sshkeys',
  carriesStatus: false,
  requires: ['user.login'],
  uses: ['user.sshKeys'],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const shared = await sharedLogins(input)
  for await (const accounts of input.accounts()) {
    for (const account of accounts) {
      const output = forPerson(account, shared)
      if (output !== undefined) yield output
    }
  }
}

function forPerson(account: Account, shared: ReadonlySet<string>): Output | undefined {
  if (!isActive(account)) return undefined
  const user = personOf(account)
  const login = readLogin(account)
  if ('reason' in login) return { kind: 'left-out', user, reason: login.reason }
  if (shared.has(login.login))
    return { kind: 'left-out', user, reason: `its login ${login.login} is also that of another person` }
  const read = readKeys(account)
  if (read === undefined) return undefined
  if ('reason' in read) return { kind: 'left-out', user, reason: read.reason }
  return { kind: 'file', file: `authorized_keys/${login.login}`, text: read.lines.map((key) => `${key}\n`).join('') }
}
