import { claimedSubjects, readIssued } from '../../certificate-dns.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeSorted } from '../../line-files.ts'
import { readUnique } from '../../unique-entries.ts'
import { isActive, personOf } from '../../unix-accounts.ts'

/** Makes `accepted-certificates`: the certificates of everybody with access, by subject and issuer. */
export const generator: Generator = {
  name: 'accepted-certificates',
  carriesStatus: false,
  requires: ['user.certificateDns'],
  uses: [],
  generate,
}

interface Entry {
  readonly user: string
  readonly lines: readonly string[]
  readonly claims: readonly string[]
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const kept = yield* readUnique(input, {
    isIn: isActive,
    read: readEntry,
    keysOf: ({ claims }) => claims.map((claim) => ['certificate', claim] as const),
  })
  yield* writeSorted(
    'accepted-certificates',
    kept.flatMap(({ lines }) => lines),
  )
}

function readEntry(account: Account): Entry | { readonly reason: string } {
  const read = readIssued(account)
  if ('reason' in read) return read
  const lines = read.certificates.map(({ subject, issuer }) => `${subject}\t${issuer}`)
  return { user: personOf(account), lines, claims: claimedSubjects(read.certificates) }
}
