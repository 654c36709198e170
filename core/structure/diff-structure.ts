import { parentOf } from '../config/references.ts'
import { compareText } from '../model/compare.ts'
import { isEqual } from '../model/equal.ts'
import { labelOf, type SourcedGroup } from './sourced-group.ts'

/** What becomes of a group that a source keeps; paths are below the base. */
export type StructureChange =
  | {
      readonly kind: 'add'
      readonly key: string
      readonly path: string
      /** Key of the group that it lies in; undefined for the base. */
      readonly parent: string | undefined
      readonly group: SourcedGroup
    }
  | {
      readonly kind: 'change'
      readonly key: string
      readonly from: string
      readonly path: string
      readonly parent: string | undefined
      readonly what: readonly ('move' | 'rename' | 'title' | 'includes')[]
      readonly group: SourcedGroup
    }
  | { readonly kind: 'remove'; readonly key: string; readonly path: string }

/**
 * Lists the changes that turn `have` into `want`: each after that of the group it comes to lie in, removals last, what lies below
 * first. A group of which only what it lies in is called otherwise does not change.
 */
export function diffStructure(have: readonly SourcedGroup[], want: readonly SourcedGroup[]): StructureChange[] {
  const before = new Map(have.map((group) => [group.key, group]))
  const after = new Set(want.map(({ key }) => key))
  const parentNow = parentsOf(have)
  const parentThen = parentsOf(want)
  const made = want
    .toSorted((a, b) => compareText(a.path, b.path))
    .flatMap((group): StructureChange[] => {
      const { key, path } = group
      const old = before.get(key)
      const parent = parentThen.get(key)
      if (old === undefined) return [{ kind: 'add', key, path, parent, group }]
      const what = differences(old, group, parentNow.get(key) !== parent)
      return what.length === 0 ? [] : [{ kind: 'change', key, from: old.path, path, parent, what, group }]
    })
  const gone = have
    .filter(({ key }) => !after.has(key))
    .toSorted((a, b) => compareText(b.path, a.path))
    .map(({ key, path }): StructureChange => ({ kind: 'remove', key, path }))
  return [...made, ...gone]
}

function differences(
  old: SourcedGroup,
  now: SourcedGroup,
  isMoved: boolean,
): Extract<StructureChange, { kind: 'change' }>['what'] {
  return [
    ...(isMoved ? (['move'] as const) : []),
    ...(labelOf(old.path) === labelOf(now.path) ? [] : (['rename'] as const)),
    ...(old.title === now.title ? [] : (['title'] as const)),
    ...(isEqual(old.includes, now.includes) ? [] : (['includes'] as const)),
  ]
}

/** The key of the group that each lies in; undefined for the base. */
function parentsOf(groups: readonly SourcedGroup[]): Map<string, string | undefined> {
  const keys = new Map(groups.map(({ path, key }) => [path, key]))
  return new Map(groups.map(({ path, key }) => [key, keys.get(parentOf(path) ?? '')]))
}
