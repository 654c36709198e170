import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { PairIndex } from './pair-index.ts'
import type { ObjectPair } from './pair-objects.ts'

/** How the values of attributes pass from one commit to the next. */
export interface AttributeNames {
  /** The attributes whose values one has as they are in force; undefined where they begin anew. */
  readonly former: (name: string) => string | undefined
  /** By the name in force, where it differs: the name under which values go on, undefined where they end. */
  readonly carried: ReadonlyMap<string, string | undefined>
  /** Whether another attribute has the name of one that moved. */
  readonly isTakenOver: (name: string) => boolean
}

/** Finds which attributes are renamed, and which are derived no more: with what they followed from their values go. */
export function attributeNames({ ofKind }: Pick<PairIndex, 'ofKind'>): AttributeNames {
  const pairs = ofKind('Attribute')
  const carried = new Map<string, string | undefined>(
    pairs.flatMap((pair): (readonly [string, string | undefined])[] => {
      const [have, want] = [pair.have?.name, pair.want?.name]
      if (have === undefined) return []
      if (isDerivedNoMore(pair)) return [[have, undefined]]
      return want === undefined || want === have ? [] : [[have, want]]
    }),
  )
  const former = new Map(
    pairs.flatMap((pair) => {
      const [have, want] = [pair.have?.name, pair.want?.name]
      if (have === undefined || want === undefined) return []
      return [[want, isDerivedNoMore(pair) ? undefined : have] as const]
    }),
  )
  const names = new Set(pairs.flatMap(({ want }) => want?.name ?? []))
  return {
    former: (name) => (former.has(name) ? former.get(name) : carried.has(name) ? undefined : name),
    carried,
    isTakenOver: (name) => carried.has(name) && names.has(name),
  }
}

function isDerivedNoMore({ have, want }: ObjectPair): boolean {
  return isDerived(have) && !isDerived(want)
}

function isDerived(object: ConfigObject | undefined): boolean {
  return object !== undefined && isKind(object, 'Attribute') && object.spec.derive !== undefined
}
