import { parentOf } from '../config/references.ts'
import type { ConfigObject } from '../model/config-object.ts'

/** The groups of one VO and which lies directly in which, by number. */
export interface GroupGraph {
  readonly names: readonly string[]
  readonly indexOf: ReadonlyMap<string, number>
  /** Subgroups and included groups of each group; most have none. */
  readonly below: readonly (readonly number[] | undefined)[]
  /** Parent and including groups of each group. */
  readonly above: readonly (readonly number[] | undefined)[]
}

/** Builds the graph of a VO's groups out of their paths and their `includes`; unknown names, and groups left out, are passed over. */
export function buildGroupGraph(
  groups: readonly ConfigObject<'Group'>[],
  isLeftOut: (group: ConfigObject<'Group'>) => boolean = () => false,
): GroupGraph {
  const names = groups.map(({ name }) => name)
  const indexOf = new Map<string, number>()
  for (const [index, group] of groups.entries()) if (!isLeftOut(group)) indexOf.set(group.name, index)
  const below = new Array<number[] | undefined>(names.length)
  const above = new Array<number[] | undefined>(names.length)
  const connect = (upper: number | undefined, lower: number | undefined): void => {
    if (upper === undefined || lower === undefined) return
    const [under, over] = [(below[upper] ??= []), (above[lower] ??= [])]
    under.push(lower)
    over.push(upper)
  }
  for (const [index, group] of groups.entries()) {
    if (isLeftOut(group)) continue
    const parent = parentOf(group.name)
    if (parent !== undefined) connect(indexOf.get(parent), index)
    for (const included of group.spec.includes ?? []) connect(index, indexOf.get(included))
  }
  return { names, indexOf, below, above }
}

/** Lists everything that can be reached from the starts along the edges, the starts first; cycles do no harm. */
export function reach(starts: Iterable<number>, edges: readonly (readonly number[] | undefined)[]): number[] {
  const seen = new Set(starts)
  for (const index of seen) {
    for (const next of edges[index] ?? []) seen.add(next)
  }
  return [...seen]
}

/** Lists, for each group by name, the names of all groups whose members are its members, itself among them. */
export function closureOf(groups: readonly ConfigObject<'Group'>[]): Map<string, Set<string>> {
  const graph = buildGroupGraph(groups)
  return new Map(
    graph.names.map((name, index) => [
      name,
      new Set(reach([index], graph.below).map((below) => graph.names[below] ?? '')),
    ]),
  )
}
