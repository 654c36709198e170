import { compareText } from '../model/compare.ts'
import type { SourcedGroup, StructureNote } from './sourced-group.ts'

/** A group with a path, whose includes may still lead nowhere. */
export interface Placed extends SourcedGroup {
  readonly parent: string | undefined
}

/** Leaves out includes of groups that there are not, and those by which a group would be a member of itself. */
export function placeIncludes(
  placed: readonly Placed[],
  have: readonly SourcedGroup[],
): { readonly groups: readonly SourcedGroup[]; readonly notes: readonly StructureNote[] } {
  const below = new Map<string, Set<string>>(placed.map(({ key }) => [key, new Set()]))
  for (const { key, parent } of placed) if (parent !== undefined) below.get(parent)?.add(key)
  const included = new Map<string, string[]>()
  const notes: StructureNote[] = []
  for (const { key, target } of edgesOf(placed, have)) {
    if (!below.has(target)) notes.push({ reason: 'include-unknown', key, value: target })
    else if (reaches(target, key, below)) notes.push({ reason: 'include-cycle', key, value: target })
    else {
      below.get(key)?.add(target)
      included.set(key, [...(included.get(key) ?? []), target])
    }
  }
  const groups = placed.map(({ key, path, title }) => ({
    ...{ key, path, includes: (included.get(key) ?? []).sort(compareText) },
    ...(title === undefined ? {} : { title }),
  }))
  return { groups, notes }
}

interface Edge {
  readonly key: string
  readonly target: string
}

/** Those that are there already come first, so that a new one gives way. */
function edgesOf(placed: readonly Placed[], have: readonly SourcedGroup[]): Edge[] {
  const now = new Map(have.map(({ key, includes }) => [key, new Set(includes)]))
  const isThere = ({ key, target }: Edge): boolean => now.get(key)?.has(target) === true
  const edges = placed.flatMap(({ key, includes }) => [...new Set(includes)].map((target) => ({ key, target })))
  return edges.sort(
    (a, b) => Number(isThere(b)) - Number(isThere(a)) || compareText(a.key, b.key) || compareText(a.target, b.target),
  )
}

function reaches(from: string, to: string, below: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const seen = new Set([from])
  for (const key of seen) {
    if (key === to) return true
    for (const next of below.get(key) ?? []) seen.add(next)
  }
  return false
}
