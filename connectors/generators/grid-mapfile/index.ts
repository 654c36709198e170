import { claimedSubjects, readCertificates } from '../../certificate-dns.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeSorted } from '../../line-files.ts'
import { findTwins } from '../../twins.ts'
import { isActive, personOf, readLogin } from '../../unix-accounts.ts'

/** Makes `grid-mapfile`: which account a certificate leads to. */
export const generator: Generator = {
  name: 'grid-mapfile',
  carriesStatus: false,
  requires: ['user.login', 'user.certificateDns'],
  uses: [],
  generate,
}

interface Entry {
  readonly user: string
  readonly login: string
  readonly subjects: readonly string[]
  /** Subjects as they are compared. */
  readonly claims: readonly string[]
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const entries: Entry[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isActive)) {
      const entry = readEntry(account)
      if ('reason' in entry) yield { kind: 'left-out', user: personOf(account), reason: entry.reason }
      else entries.push(entry)
    }
  }
  const twins = findTwins(entries, ({ login, claims }) => [
    ['login', login],
    ...claims.map((claim) => ['certificate', claim] as const),
  ])
  for (const [{ user }, reason] of twins) yield { kind: 'left-out', user, reason }
  const kept = entries.filter((entry) => !twins.has(entry))
  yield* writeSorted(
    'grid-mapfile',
    kept.flatMap(({ subjects, login }) => subjects.map((subject) => `"${subject}" ${login}`)),
  )
}

function readEntry(account: Account): Entry | { readonly reason: string } {
  const login = readLogin(account)
  if ('reason' in login) return login
  const read = readCertificates(account)
  if ('reason' in read) return read
  const subjects = read.certificates.map(({ subject }) => subject)
  return { user: personOf(account), login: login.login, subjects, claims: claimedSubjects(read.certificates) }
}
