import { membersGroup } from '../config/references.ts'
import type { Member } from '../../schemas/generated/config.ts'
import type { JsonValue } from '../model/json.ts'
import { fittingName, noNames, type GivenNames } from './fitting-names.ts'

/** A group while it is put together. */
export interface GroupDraft {
  /** Its path, `telescope:operators`. */
  readonly name: string
  /** As it is called there, where no group can be called so. */
  readonly title?: string
  description?: string
  /** By identity. */
  readonly members: Map<string, Member>
  readonly managers: string[]
  readonly includes: string[]
  /** Values by the name after the dot. */
  attributes?: Readonly<Record<string, JsonValue>>
}

/** Groups by what they are called there, and the names that are given below each. */
export interface GroupTree {
  readonly groups: Map<string, GroupDraft>
  readonly given: Map<string, GivenNames>
}

/** A tree without groups. */
export function noGroups(): GroupTree {
  return { groups: new Map(), given: new Map() }
}

/** Finds the group at a path of names, or makes it and those above; names that differ in case alone are one. Undefined for an empty path. */
export function groupAt(tree: GroupTree, path: readonly string[]): GroupDraft | undefined {
  const title = path.at(-1)
  if (title === undefined) return undefined
  const key = path.map((part) => part.toLowerCase()).join('\n')
  const known = tree.groups.get(key)
  if (known !== undefined) return known
  const parent = groupAt(tree, path.slice(0, -1))?.name ?? ''
  const group = draft(tree, parent, title)
  tree.groups.set(key, group)
  return group
}

/** Makes a group below another, or at the top for the empty path. */
export function draft(tree: GroupTree, parent: string, title: string): GroupDraft {
  const given = tree.given.get(parent) ?? noNames(parent === '' ? [membersGroup] : [])
  tree.given.set(parent, given)
  const own = fittingName(title, given)
  return {
    name: parent === '' ? own : `${parent}:${own}`,
    ...(own !== title && { title }),
    ...{ members: new Map(), managers: [], includes: [] },
  }
}
