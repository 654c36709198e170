import { asObjects } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import { malformed, readList } from './list.ts'
import type { Asking } from './list.ts'

/** A group as it is told in the records of its members. */
export interface ScimGroup {
  readonly value: string
  readonly display: string
}

const path = '/Groups'

/** Reads all groups, and gives the function that tells in which of them somebody is, directly or by a group within. */
export async function readGroups(asking: Asking): Promise<(userId: unknown) => readonly ScimGroup[]> {
  const groups = new Map<string, ScimGroup>()
  /** By the id of a user or group, the ids of the groups it is a member of. */
  const holders = new Map<string, string[]>()
  for await (const page of readList(asking, path, undefined)) {
    for (const group of page) {
      const { value, display } = groupOf(group)
      groups.set(value, { value, display })
      for (const member of membersOf(asking, group)) {
        const others = holders.get(member)
        if (others === undefined) holders.set(member, [value])
        else others.push(value)
      }
    }
  }
  return (userId) => {
    const found = new Set(typeof userId === 'string' ? holders.get(userId) : [])
    for (const id of found) for (const above of holders.get(id) ?? []) found.add(above)
    return [...found].flatMap((id) => groups.get(id) ?? [])
  }
}

function groupOf({ id, displayName }: JsonMembers): ScimGroup {
  const value = typeof id === 'string' ? id : ''
  return { value, display: typeof displayName === 'string' ? displayName : value }
}

/** Members that cannot be told would lose the group without a word. */
function membersOf(asking: Asking, { id, members }: JsonMembers): readonly string[] {
  const objects = asObjects(members ?? [])
  const values = objects?.flatMap(({ value }) => (typeof value === 'string' && value !== '' ? [value] : []))
  if (values !== undefined && values.length === objects?.length) return values
  throw malformed(asking, path, `the group ${JSON.stringify(id)} with "members" that are not told by their "value"`)
}
