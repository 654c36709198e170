import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { readPrincipals } from '../../kerberos.ts'
import { createLeftOut } from '../../left-out.ts'
import { writeSorted } from '../../line-files.ts'
import { findTwins } from '../../twins.ts'
import { isActive, personOf, readUnixIds } from '../../unix-accounts.ts'

const machinePrefix = 'nfs/'

/** Makes `passwd-nfs4`: which uid and gid each Kerberos principal has on an NFSv4 server. */
export const generator: Generator = {
  name: 'passwd-nfs4',
  carriesStatus: false,
  requires: ['user-facility.uid'],
  uses: ['user-facility.gid', 'user.kerberosPrincipals'],
  generate,
}

interface Entry {
  readonly user: string
  readonly account: Account
  readonly uid: number
  readonly gid: number
  readonly principals: readonly string[]
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const leaveOut = createLeftOut()
  const entries: Entry[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isActive)) {
      const entry = readEntry(account)
      if (entry === undefined) continue
      if ('reason' in entry) yield* leaveOut(account, entry.reason)
      else entries.push(entry)
    }
  }
  const twins = findTwins(entries, ({ uid, principals }) => [
    ['uid', uid],
    ...principals.map((principal) => ['principal', principal] as const),
  ])
  for (const [{ account }, reason] of twins) yield* leaveOut(account, reason)
  const lines = entries.filter((entry) => !twins.has(entry)).flatMap(linesOf)
  const isOfMachine = (line: string): boolean => line.startsWith(machinePrefix)
  yield* writeSorted(
    'passwd-nfs4',
    lines.filter((line) => !isOfMachine(line)),
  )
  yield* writeSorted('passwd-nfs4', lines.filter(isOfMachine))
}

function readEntry(account: Account): Entry | { readonly reason: string } | undefined {
  const read = readPrincipals(account)
  if (read === undefined || 'reason' in read) return read
  const ids = readUnixIds(account.attributes)
  if ('reason' in ids) return ids
  return { user: personOf(account), account, ...ids, principals: withMachines(read.principals) }
}

/** A service that acts for a person comes with the principal `nfs/…`; whoever has that already has it once. */
function withMachines(principals: readonly string[]): readonly string[] {
  const machines = principals.map((principal) =>
    principal.startsWith(machinePrefix) ? principal : machinePrefix + principal,
  )
  return [...new Set([...principals, ...machines])]
}

function linesOf({ principals, uid, gid }: Entry): string[] {
  return principals.map((principal) => `${principal}:x:${uid}:${gid}`)
}
