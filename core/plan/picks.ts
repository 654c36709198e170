import { outsideOf, type ListAround } from '../attributes/lists.ts'
import { membersGroup, parseAttribute } from '../config/references.ts'
import { isKind, type ConfigKind, type ConfigObject } from '../model/config-object.ts'
import type { Position } from '../model/finding.ts'
import type { PickedValue } from '../model/state.ts'
import { holderOfList, listsAround, placeOfList } from './lists-around.ts'
import { listIn } from './other-lists.ts'
import type { PairIndex } from './pair-index.ts'
import { pathOf, type ObjectPair } from './pair-objects.ts'

/** A value that somebody picked, by the names after the commit, and whether the lists then have it. */
export interface JudgedPick {
  readonly picked: PickedValue
  readonly attribute: string
  readonly of: string
  /** The first list that lacks it, where that is given, and all lists around the value. */
  readonly broken:
    { readonly list: string; readonly at: Position; readonly around: () => readonly ListAround[] } | undefined
  /** Whether a list lacks it by facilities as they will be and VOs as they are. */
  readonly isBrokenByInstance: boolean
}

/** What a value lies in, by what gives its lists. */
export interface Places {
  readonly facility?: ObjectPair | undefined
  readonly vo?: ObjectPair | undefined
  readonly resource?: ObjectPair | undefined
  readonly group?: ObjectPair | undefined
}

/** Judges what people picked by the lists as they will be; what goes with its attribute or place is left out. */
export function judgePicks(picks: readonly PickedValue[], index: PairIndex): JudgedPick[] {
  if (picks.length === 0) return []
  const find = finderOf(index)
  return picks.flatMap((picked): JudgedPick[] => {
    const definition = find.now('Attribute', picked.attribute)?.want
    const places = placesOf(picked, find)
    const of = nameAfter(picked, places)
    if (definition === undefined || !isKind(definition, 'Attribute') || of === undefined) return []
    const { within = [] } = definition.spec
    const around = (): readonly ListAround[] => listsAround(index, { within, places, picked })
    return [{ picked, attribute: definition.name, of, ...brokenIn(within, picked, { places, around }) }]
  })
}

function brokenIn(
  within: readonly string[],
  picked: PickedValue,
  { places, around }: { readonly places: Places; readonly around: () => readonly ListAround[] },
): Pick<JudgedPick, 'broken' | 'isBrokenByInstance'> {
  const broken = within.flatMap((list) => {
    const by = places[holderOfList(list)]?.want
    return by !== undefined && lacks(by, list, picked) ? [{ list, at: placeOfList(by, list), around }] : []
  })
  const isBrokenByInstance = within.some((list) => {
    const holder = holderOfList(list)
    const by = places[holder]?.[holder === 'facility' ? 'want' : 'have']
    return by !== undefined && lacks(by, list, picked)
  })
  return { broken: broken[0], isBrokenByInstance }
}

/** Finds documents by their paths: as they are in force, and as they will be called. */
interface Finder {
  now(kind: ConfigKind, path: string): ObjectPair | undefined
  later(kind: ConfigKind, path: string): ObjectPair | undefined
}

function finderOf({ ofKind }: PairIndex): Finder {
  const by = (side: 'have' | 'want'): Finder['now'] => {
    const known = new Map<ConfigKind, ReadonlyMap<string, ObjectPair>>()
    return (kind, path) => {
      const pairs =
        known.get(kind) ??
        new Map(ofKind(kind).flatMap((pair) => (pair[side] === undefined ? [] : [[pathOf(pair[side]), pair] as const])))
      known.set(kind, pairs)
      return pairs.get(path)
    }
  }
  return { now: by('have'), later: by('want') }
}

function placesOf({ attribute, of }: PickedValue, find: Finder): Places {
  const vo = (path: string): ObjectPair | undefined => find.now('VO', path.split('/')[0] ?? '')
  switch (parseAttribute(attribute).holder) {
    case 'member':
      return { vo: vo(of) }
    case 'user-facility':
      return { facility: find.now('Facility', of) }
    case 'member-group':
      return { vo: vo(of), group: find.now('Group', of) }
    case 'member-resource': {
      const resource = find.now('Resource', of)
      const { want } = resource ?? {}
      const facility =
        want !== undefined && isKind(want, 'Resource') ? find.later('Facility', want.spec.facility) : undefined
      return { vo: vo(of), resource, facility }
    }
    default:
      return {}
  }
}

/** What the value belongs to, as it is called then; undefined where that goes. */
function nameAfter({ attribute, of }: PickedValue, places: Places): string | undefined {
  const { holder } = parseAttribute(attribute)
  const vo = places.vo?.want
  if (holder === 'member-group' && of.endsWith(`/${membersGroup}`)) return vo && `${vo.name}/${membersGroup}`
  const own = places[ownPlaces[holder] ?? 'vo']?.want
  return own && pathOf(own)
}

/** What the values of a holder belong to beside the person. */
const ownPlaces: Readonly<Record<string, keyof Places>> = {
  ...{ member: 'vo', 'user-facility': 'facility', 'member-resource': 'resource', 'member-group': 'group' },
}

function lacks(object: ConfigObject, list: string, { value }: PickedValue): boolean {
  const values = listIn(object, list)
  return values !== undefined && outsideOf(values, value) !== undefined
}

/** Takes what the lists lack out of the values `attribute user of`, and adds what was put aside and stands in them again. */
export function withPicks(
  values: ReadonlySet<string>,
  picks: readonly JudgedPick[],
  isBroken: (pick: JudgedPick) => boolean,
): ReadonlySet<string> {
  if (picks.length === 0) return values
  const after = new Set(values)
  for (const pick of picks) {
    const { attribute, user, of, isAside } = pick.picked
    const isLost = isBroken(pick)
    for (const key of [`${attribute} ${user} ${of}`, `${pick.attribute} ${user} ${pick.of}`]) {
      if (!isLost) after.add(key)
      // Who has one put aside may have chosen another one since.
      else if (!isAside) after.delete(key)
    }
  }
  return after
}
