import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { readPrincipals } from '../../kerberos.ts'
import { writeSorted } from '../../line-files.ts'
import { readUnique } from '../../unique-entries.ts'
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
  readonly uid: number
  readonly gid: number
  readonly principals: readonly string[]
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const kept = yield* readUnique(input, { isIn: isActive, read: readEntry, keysOf })
  const lines = kept.flatMap(linesOf)
  const isOfMachine = (line: string): boolean => line.startsWith(machinePrefix)
  yield* writeSorted(
    'passwd-nfs4',
    lines.filter((line) => !isOfMachine(line)),
  )
  yield* writeSorted('passwd-nfs4', lines.filter(isOfMachine))
}

function keysOf({ uid, principals }: Entry): (readonly [string, string | number])[] {
  return [['uid', uid], ...principals.map((principal) => ['principal', principal] as const)]
}

function readEntry(account: Account): Entry | { readonly reason: string } | undefined {
  const read = readPrincipals(account)
  if (read === undefined || 'reason' in read) return read
  const ids = readUnixIds(account.attributes)
  if ('reason' in ids) return ids
  return { user: personOf(account), ...ids, principals: withMachines(read.principals) }
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
