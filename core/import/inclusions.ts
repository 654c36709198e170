import { parentOf } from '../config/references.ts'
import type { GroupDraft } from './group-tree.ts'

/** By its name, the groups whose members are members of a group: those below it and those it includes. */
export type Inclusions = ReadonlyMap<string, string[]>

/** Tells of groups what lies below each and what each includes by now. */
export function inclusionsOf(groups: readonly GroupDraft[]): Inclusions {
  const inner = new Map(groups.map(({ name, includes }) => [name, [...includes]]))
  for (const { name } of groups) inner.get(parentOf(name) ?? '')?.push(name)
  return inner
}

/** Includes a group in another, unless a group would become a member of itself; tells whether it did. */
export function include(inclusions: Inclusions, from: GroupDraft, to: GroupDraft): boolean {
  const seen = new Set([to.name])
  for (const name of seen) {
    if (name === from.name) return false
    for (const next of inclusions.get(name) ?? []) seen.add(next)
  }
  if (from.includes.includes(to.name)) return true
  inclusions.get(from.name)?.push(to.name)
  from.includes.push(to.name)
  return true
}
