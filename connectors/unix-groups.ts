import type { GroupView } from './generator.ts'
import { isReservedName, isUnixId, isUnixName } from './unix-accounts.ts'

/** A group as Unix knows it, why it cannot be one, or undefined for a group that is not meant for Unix. */
export type UnixGroup = { readonly name: string; readonly gid: number } | { readonly reason: string } | undefined

/** What assigned groups are on Unix (`group.unixGroupName`, `group.unixGid`), in their order; those that share a name or number are none. */
export function readUnixGroups(groups: readonly GroupView[]): readonly UnixGroup[] {
  return refuseTwins(groups.map(readUnixGroup), groups)
}

function readUnixGroup({ vo, name, attributes }: GroupView): UnixGroup {
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
function refuseTwins(read: readonly UnixGroup[], groups: readonly GroupView[]): readonly UnixGroup[] {
  const uses = new Map<string | number, number>()
  for (const key of read.flatMap(keysOf)) uses.set(key, (uses.get(key) ?? 0) + 1)
  return read.map((one, index) => {
    const shared = keysOf(one).find((key) => (uses.get(key) ?? 0) > 1)
    if (shared === undefined) return one
    const { vo = '', name = '' } = groups[index] ?? {}
    return { reason: `group ${vo}/${name}: another group here has the Unix name or number ${shared} too` }
  })
}

function keysOf(group: UnixGroup): readonly (string | number)[] {
  return group === undefined || 'reason' in group ? [] : [group.name, group.gid]
}
