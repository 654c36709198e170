import { membersGroup } from '../config/references.ts'
import { closureOf } from '../membership/group-graph.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { assignedGroups, type World } from '../membership/world.ts'
import { compareText } from '../model/compare.ts'
import { isKind } from '../model/config-object.ts'
import { countedOn, formerResourcesOf, resourcesOf } from './check-capacity.ts'
import { countedInSet, limited } from './check-set-capacity.ts'
import type { Draft } from './draft.ts'
import { remember } from './once.ts'
import type { PairIndex } from './pair-index.ts'
import type { ObjectPair } from './pair-objects.ts'

/** A VO, group or offer that takes so many people only. */
export interface LimitedRoom {
  /** As messages call it. */
  readonly name: string
  readonly places: number
  /** The groups, as `<vo>/<name>`, whose people take a place in it. */
  readonly groups: ReadonlySet<string>
  /** The VOs of which every member does. */
  readonly vos: ReadonlySet<string>
  /** Who takes one once the changes are made. */
  countedIn(world: World): readonly PersonIndex[]
  /** Who takes one as it is in force. */
  countedBefore(world: World): readonly PersonIndex[]
}

type RoomContext = PairIndex & Pick<Draft, 'marks'>

/** Lists what takes so many people only after a commit. */
export function limitedRooms(context: RoomContext): LimitedRoom[] {
  const closure = remember((vo) => closureOfVo(context, vo))
  const sets = [...context.ofKind('VO'), ...context.ofKind('Group')].flatMap(
    (pair) => roomOfSet(context, pair, closure) ?? [],
  )
  const offers = context.ofKind('Facility').flatMap((pair) => roomsOfOffers(context, pair, closure))
  return [...sets, ...offers].sort((a, b) => compareText(a.name, b.name))
}

type Closure = (vo: string) => ReadonlyMap<string, ReadonlySet<string>>

function closureOfVo({ pairsByWantVo }: RoomContext, vo: string): ReadonlyMap<string, ReadonlySet<string>> {
  return closureOf(
    (pairsByWantVo.get(vo) ?? []).flatMap(({ want }) => (want !== undefined && isKind(want, 'Group') ? [want] : [])),
  )
}

function roomOfSet(context: RoomContext, { have, want }: ObjectPair, closure: Closure): LimitedRoom | undefined {
  const found = limited(want)
  if (found === undefined) return undefined
  const { object, maxMembers: places, name } = found
  return {
    ...{ name, places },
    ...content([{ vo: object.vo ?? object.name, name: object.vo === undefined ? membersGroup : object.name }], closure),
    countedIn: (world) => countedInSet(context, world, object),
    countedBefore: (world) => (have === undefined ? [] : countedInSet(context, world, have)),
  }
}

function roomsOfOffers(context: RoomContext, pair: ObjectPair, closure: Closure): LimitedRoom[] {
  const { want } = pair
  if (want === undefined || !isKind(want, 'Facility')) return []
  return (want.spec.offers ?? []).flatMap((offer): LimitedRoom[] => {
    if (offer.maxMembers === undefined) return []
    const resources = resourcesOf(context, pair, offer)
    return [
      {
        name: `offer "${offer.name}" of facility "${want.name}" to VO "${offer.vo}"`,
        places: offer.maxMembers,
        ...content(resources.flatMap(assignedGroups), closure),
        countedIn: (world) => countedOn(context, world, resources),
        countedBefore: (world) => countedOn(context, world, formerResourcesOf(context, pair, offer)),
      },
    ]
  })
}

/** What lies in these groups, by nesting and include. */
function content(
  groups: readonly { readonly vo: string; readonly name: string }[],
  closure: Closure,
): Pick<LimitedRoom, 'groups' | 'vos'> {
  const whole = groups.filter(({ name }) => name === membersGroup).map(({ vo }) => vo)
  const below = groups.flatMap(({ vo, name }) => [...(closure(vo).get(name) ?? [])].map((inner) => `${vo}/${inner}`))
  return { groups: new Set(below), vos: new Set(whole) }
}
