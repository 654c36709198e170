import { claimedSubjects, readIssued } from '../../certificate-dns.ts'
import type { Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeSorted } from '../../line-files.ts'
import { findTwins } from '../../twins.ts'
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
  const entries: Entry[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isActive)) {
      const user = personOf(account)
      const read = readIssued(account)
      if ('reason' in read) yield { kind: 'left-out', user, reason: read.reason }
      else {
        const lines = read.certificates.map(({ subject, issuer }) => `${subject}\t${issuer}`)
        entries.push({ user, lines, claims: claimedSubjects(read.certificates) })
      }
    }
  }
  const twins = findTwins(entries, ({ claims }) => claims.map((claim) => ['certificate', claim] as const))
  for (const [{ user }, reason] of twins) yield { kind: 'left-out', user, reason }
  const kept = entries.filter((entry) => !twins.has(entry))
  yield* writeSorted(
    'accepted-certificates',
    kept.flatMap(({ lines }) => lines),
  )
}
