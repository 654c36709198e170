import type { WatchedSet } from '../core/model/state.ts'

/** The set that columns kind, vo and name stand for, as table loss has them; a VO stands in both. */
export function watchedSet(kind: WatchedSet['kind'], vo: string, name: string): WatchedSet {
  switch (kind) {
    case 'vo':
      return { kind, vo: name }
    case 'facility':
    case 'source':
      return { kind, name }
    default:
      return { kind, vo, name }
  }
}

/** The columns of a set, as above. */
export function columnsOfSet(set: WatchedSet): { readonly vo: string; readonly name: string } {
  const vo = set.kind === 'facility' || set.kind === 'source' ? '' : set.vo
  return { vo, name: set.kind === 'vo' ? vo : set.name }
}
