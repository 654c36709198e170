import type { PersonIndex } from '../membership/person-marks.ts'
import type { ConfigObject } from '../model/config-object.ts'
import type { Scope } from '../model/scope.ts'
import type { WatchedSet } from '../model/state.ts'
import type { Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { Worlds } from './worlds.ts'

/** How a set of people with access differs. */
export interface SetDelta {
  readonly pair: ObjectPair
  /** By its name after the changes. */
  readonly set: WatchedSet
  /** By its name in force. */
  readonly formerSet: WatchedSet
  readonly before: readonly PersonIndex[]
  readonly after: readonly PersonIndex[]
  readonly lost: readonly PersonIndex[]
  readonly gained: readonly PersonIndex[]
  /** Who loses through which scope. */
  readonly lostBy: ReadonlyMap<Scope, readonly PersonIndex[]>
  /** The scopes that add people. */
  readonly gainedBy: readonly Scope[]
}

/** What a delta is counted from. */
export interface DeltaContext {
  readonly draft: Draft
  readonly worlds: Worlds
  readonly changedScopes: ReadonlySet<Scope>
}

/** Names the set of a pair, before and after. */
export function namesOf(pair: ObjectPair): Pick<SetDelta, 'set' | 'formerSet'> {
  const set = watchedSet(pair.want ?? pair.have)
  return { set, formerSet: watchedSet(pair.have ?? pair.want) }
}

function watchedSet(object: ConfigObject | undefined): WatchedSet {
  const name = object?.name ?? ''
  switch (object?.kind) {
    case 'VO':
      return { kind: 'vo', vo: name }
    case 'Group':
      return { kind: 'group', vo: object.vo ?? '', name }
    case 'Resource':
      return { kind: 'resource', vo: object.vo ?? '', name }
    case 'Source':
      return { kind: 'source', name }
    default:
      return { kind: 'facility', name }
  }
}
