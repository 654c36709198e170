import type { Generator, GeneratorInput, Output } from '../../generator.ts'
import { ldifEntry } from '../../ldap/ldif.ts'
import { createLeftOut } from '../../left-out.ts'
import { findShared } from '../../shared-claims.ts'
import { inBatches } from '../../text-batches.ts'
import { personOf } from '../../unix-accounts.ts'
import { groupEntries } from './groups.ts'
import { readLayout, readMapping, type Layout } from './layout.ts'
import { readPerson, type Person } from './person.ts'

/** Makes `<service>.ldif`: a tree of people and groups, as entries that a directory takes as they are. */
export const generator: Generator = {
  name: 'ldap',
  carriesStatus: true,
  requires: [],
  uses: [
    ...['user-facility.uid', 'user-facility.gid', 'user-facility.shell', 'user.shell'],
    ...['group.unixGroupName', 'group.unixGid'],
  ],
  usesOf: (options) => [
    ...readMapping(options).map(([, attribute]) => attribute),
    ...(options['sshKeys'] === true ? ['user.sshKeys'] : []),
  ],
  generate,
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const layout = readLayout(input.options)
  const file = `${input.service}.ldif`
  const leaveOut = createLeftOut()
  const shared = await findShared(input.accounts(), (account) => claimsOf(readPerson(account, layout)))
  /** What groups call those who are in the tree and have access. */
  const members = new Map<string, string>()
  yield { kind: 'text', file, text: unitEntry(layout.people) }
  for await (const accounts of input.accounts()) {
    const entries: string[] = []
    for (const account of accounts) {
      const person = withoutTwins(readPerson(account, layout), shared)
      if (person === undefined) continue
      if ('reason' in person) {
        yield* leaveOut(account, person.reason)
        continue
      }
      entries.push(ldifEntry(person.dn, person.values))
      const member = memberName(person, layout)
      if (member !== undefined) members.set(personOf(account), member)
    }
    for (const text of inBatches(entries)) yield { kind: 'text', file, text }
  }
  if (layout.groupClass === 'none') return
  yield { kind: 'text', file, text: unitEntry(layout.groups) }
  for await (const output of groupEntries(input, { layout, members })) {
    if ('entry' in output) yield { kind: 'text', file, text: output.entry }
    else yield* leaveOut(output.account, output.reason)
  }
}

function unitEntry({ name, dn }: Layout['people']): string {
  return ldifEntry(dn, [...['top', 'organizationalUnit'].map((value) => ['objectClass', value] as const), ['ou', name]])
}

type Read = ReturnType<typeof readPerson>

function claimsOf(person: Read): readonly string[] {
  return person === undefined || 'reason' in person ? [] : person.claims
}

/** Nobody gets a name or number that somebody else here has too. */
function withoutTwins(person: Read, shared: ReadonlySet<string>): Read {
  const claim = claimsOf(person).find((one) => shared.has(one))
  if (claim === undefined) return person
  return { reason: `its ${claim} is also that of another person` }
}

/** An entry of its own is a member of a `groupOfNames`, a Unix account of a `posixGroup`. */
function memberName({ dn, login, hasAccess }: Person, { groupClass }: Layout): string | undefined {
  if (!hasAccess) return undefined
  return groupClass === 'posixGroup' ? login : dn
}
