import type { Account, GeneratorInput, Output } from './generator.ts'
import { createLeftOut } from './left-out.ts'
import { batchSize } from './text-batches.ts'
import { isActive } from './unix-accounts.ts'
import { readUnixGroups, type UnixGroup } from './unix-groups.ts'

/** What a person is called in a list of members; undefined for whoever is in none. */
type Names = { readonly names: readonly string[] } | { readonly reason: string } | undefined

/** Writes lines `name:x:gid:member,member` as of group(5), one for every assigned group that Unix knows, in the order of VO and name. */
export async function* writeGroupLines(
  input: GeneratorInput,
  { file, namesOf }: { readonly file: string; readonly namesOf: (account: Account) => Names },
): AsyncIterable<Output> {
  const groups = readUnixGroups(input.groups)
  const leaveOut = createLeftOut()
  yield { kind: 'text', file, text: '' }
  let open = 0
  let members: string[] = []
  let batch = ''
  const closeUntil = (next: number): void => {
    for (; open < next; open += 1) {
      batch += line(groups[open], members)
      members = []
    }
  }
  for await (const accounts of input.groupMembers()) {
    for (const { group, account } of accounts) {
      closeUntil(group)
      const unixGroup = groups[group]
      if (unixGroup === undefined || !isActive(account)) continue
      const read = 'reason' in unixGroup ? unixGroup : namesOf(account)
      if (read === undefined) continue
      if ('reason' in read) yield* leaveOut(account, read.reason)
      else members.push(...read.names)
    }
    if (batch.length < batchSize) continue
    yield { kind: 'text', file, text: batch }
    batch = ''
  }
  closeUntil(groups.length)
  if (batch !== '') yield { kind: 'text', file, text: batch }
}

function line(group: UnixGroup, members: readonly string[]): string {
  if (group === undefined || 'reason' in group) return ''
  return `${group.name}:x:${group.gid}:${[...new Set(members)].sort().join(',')}\n`
}
