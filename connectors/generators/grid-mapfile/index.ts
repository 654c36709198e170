import { claimedSubjects, readCertificates } from '../../certificate-dns.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeSorted } from '../../line-files.ts'
import { readUnique } from '../../unique-entries.ts'
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
  const kept = yield* readUnique(input, { isIn: isActive, read: readEntry, keysOf })
  yield* writeSorted(
    'grid-mapfile',
    kept.flatMap(({ subjects, login }) => subjects.map((subject) => `"${subject}" ${login}`)),
  )
}

function keysOf({ login, claims }: Entry): (readonly [string, string])[] {
  return [['login', login], ...claims.map((claim) => ['certificate', claim] as const)]
}

function readEntry(account: Account): Entry | { readonly reason: string } {
  const login = readLogin(account)
  if ('reason' in login) return login
  const read = readCertificates(account)
  if ('reason' in read) return read
  const subjects = read.certificates.map(({ subject }) => subject)
  return { user: personOf(account), login: login.login, subjects, claims: claimedSubjects(read.certificates) }
}
