import type { ConfigKind } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { ObjectPair } from './pair-objects.ts'

/** Pairs by what they are and where they lie. */
export interface PairIndex {
  /** The pairs of a kind, in order. */
  readonly ofKind: (kind: ConfigKind) => readonly ObjectPair[]
  readonly vosByHave: ReadonlyMap<string, ObjectPair>
  readonly vosByWant: ReadonlyMap<string, ObjectPair>
  /** Groups and resources. */
  readonly pairsByHaveVo: ReadonlyMap<string, readonly ObjectPair[]>
  readonly pairsByWantVo: ReadonlyMap<string, readonly ObjectPair[]>
}

/** Makes pairs findable, so that no question has to walk through all of them. */
export function indexPairs(pairs: readonly ObjectPair[]): PairIndex {
  const byKind = groupBy(pairs, ({ have, want }) => (want ?? have)?.kind)
  const ofKind: PairIndex['ofKind'] = (kind) => byKind.get(kind) ?? []
  const inVos = [...ofKind('Group'), ...ofKind('Resource')]
  return {
    ofKind,
    vosByHave: byName(ofKind('VO'), 'have'),
    vosByWant: byName(ofKind('VO'), 'want'),
    pairsByHaveVo: byVo(inVos, 'have'),
    pairsByWantVo: byVo(inVos, 'want'),
  }
}

type Side = 'have' | 'want'

function byName(pairs: readonly ObjectPair[], side: Side): Map<string, ObjectPair> {
  return new Map(pairs.flatMap((pair) => (pair[side] === undefined ? [] : [[pair[side].name, pair] as const])))
}

function byVo(pairs: readonly ObjectPair[], side: Side): Map<string, ObjectPair[]> {
  return groupBy(
    pairs.filter((pair) => pair[side] !== undefined),
    (pair) => pair[side]?.vo ?? '',
  )
}
