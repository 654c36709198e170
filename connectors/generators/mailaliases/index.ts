import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeLines } from '../../line-files.ts'
import { readAddresses } from '../../mail-addresses.ts'
import { readUnique } from '../../unique-entries.ts'
import { isActive, personOf, readLogin } from '../../unix-accounts.ts'

/** Who answers for a mail domain (RFC 2142), and whom mail programs mean by themselves; nobody else may get their mail. */
const reserved = /^(postmaster|hostmaster|webmaster|usenet|abuse|noc|security|mailer-daemon|owner-.*|.*-request)$/i

/** Makes `mailaliases`: where the mail of every login goes, as of aliases(5). */
export const generator: Generator = {
  name: 'mailaliases',
  carriesStatus: true,
  requires: ['user.login'],
  uses: ['user.email', 'user.emails'],
  generate,
}

interface Alias {
  readonly user: string
  readonly login: string
  readonly addresses: readonly string[]
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const kept = yield* readUnique(input, {
    isIn: membership(input.options),
    read: readAlias,
    // To the mail system, names that differ in capitals alone are one.
    keysOf: ({ login }) => [['login', login.toLowerCase()]],
    order: (one, other) => (one.login < other.login ? -1 : 1),
  })
  yield* writeLines('mailaliases', kept, ({ login, addresses }) => `${login}: ${addresses.join(', ')}\n`)
}

function readAlias(account: Account): Alias | { readonly reason: string } {
  const login = readLogin(account)
  if ('reason' in login) return login
  if (reserved.test(login.login)) return { reason: `user.login "${login.login}" belongs to the mail system` }
  const read = readAddresses(account)
  if ('reason' in read) return read
  return { user: personOf(account), login: login.login, addresses: read.addresses }
}

/** Who has an alias: with the option, whoever is expired keeps the mail coming. */
function membership({ expired = false }: JsonObject): (account: Account) => boolean {
  if (typeof expired !== 'boolean') {
    throw new GuildhallError(
      'GENERATOR_OPTIONS_INVALID',
      'Cannot generate mailaliases: option expired must be true or false',
      { facts: { option: 'expired' } },
    )
  }
  return (account) => isActive(account) || (expired && account.status === 'EXPIRED' && !account.banned)
}
