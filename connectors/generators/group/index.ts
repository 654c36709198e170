import type { Account, Generator, GeneratorInput, GroupView, Output } from '../../generator.ts'
import { batchSize } from '../../text-batches.ts'
import { isReservedName, isUnixId, isUnixName, personOf, readLogin } from '../../unix-accounts.ts'

/** Makes `group`: a line for every assigned group that has a Unix name and number. */
export const generator: Generator = {
  name: 'group',
  carriesStatus: false,
  requires: ['user.login'],
  uses: ['group.unixGroupName', 'group.unixGid'],
  generate,
}

/** How a group's line begins, why it has none, or undefined for a group that is not meant for Unix. */
type Head = { readonly name: string; readonly gid: number } | { readonly reason: string } | undefined

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const heads = refuseTwins(input.groups.map(readHead), input.groups)
  const reported = new Set<string>()
  yield { kind: 'text', file: 'group', text: '' }
  let open = 0
  let logins: string[] = []
  let batch = ''
  for await (const members of input.groupMembers()) {
    for (const { group, account } of members) {
      for (; open < group; open += 1) {
        batch += line(heads[open], logins)
        logins = []
      }
      const login = readMember(account, heads[group])
      if (login === undefined) continue
      if ('login' in login) logins.push(login.login)
      else if (isNew(reported, `${personOf(account)}\n${login.reason}`)) {
        yield { kind: 'left-out', user: personOf(account), reason: login.reason }
      }
    }
    if (batch.length < batchSize) continue
    yield { kind: 'text', file: 'group', text: batch }
    batch = ''
  }
  for (; open < heads.length; open += 1) {
    batch += line(heads[open], logins)
    logins = []
  }
  if (batch !== '') yield { kind: 'text', file: 'group', text: batch }
}

function line(head: Head, logins: readonly string[]): string {
  if (head === undefined || 'reason' in head) return ''
  return `${head.name}:x:${head.gid}:${[...new Set(logins)].sort().join(',')}\n`
}

function readMember(account: Account, head: Head): ReturnType<typeof readLogin> | undefined {
  if (head === undefined || account.banned || account.status !== 'VALID') return undefined
  return 'reason' in head ? head : readLogin(account)
}

function readHead({ vo, name, attributes }: GroupView): Head {
  const unixName = attributes['group.unixGroupName'] ?? undefined
  const gid = attributes['group.unixGid'] ?? undefined
  if (unixName === undefined) return undefined
  if (!isUnixName(unixName)) return { reason: `group ${vo}/${name}: unixGroupName is not a safe group name` }
  if (isReservedName(unixName))
    return { reason: `group ${vo}/${name}: unixGroupName "${unixName}" belongs to the system` }
  if (!isUnixId(gid)) return { reason: `group ${vo}/${name}: unixGid is missing or not a free number from 1000 on` }
  return { name: unixName, gid }
}

/** Groups that share a name or number get no line: one of them would be given the other's files. */
function refuseTwins(heads: readonly Head[], groups: readonly GroupView[]): readonly Head[] {
  const uses = new Map<string | number, number>()
  for (const key of heads.flatMap(keysOf)) uses.set(key, (uses.get(key) ?? 0) + 1)
  return heads.map((head, index) => {
    const shared = keysOf(head).find((key) => (uses.get(key) ?? 0) > 1)
    if (shared === undefined) return head
    const { vo = '', name = '' } = groups[index] ?? {}
    return { reason: `group ${vo}/${name}: another group here has the Unix name or number ${shared} too` }
  })
}

function keysOf(head: Head): readonly (string | number)[] {
  return head === undefined || 'reason' in head ? [] : [head.name, head.gid]
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false
  seen.add(key)
  return true
}
