import { uniqueKey } from '../attributes/unique-key.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { IdentityRef, PlacedValue, UserId } from '../model/state.ts'
import type { Draft } from './draft.ts'
import { pathOf, type ObjectPair } from './pair-objects.ts'
import type { Held, Holder } from './unique-held.ts'

/** Lists the values of people on resources that must be unique on a facility, where a resource may come to one. */
export function heldByPlace(draft: Draft): Held[] {
  const { placedValues = [] } = draft.state
  if (placedValues.length === 0) return []
  const [resources, facilities] = [byPath(draft, 'Resource'), byPath(draft, 'Facility')]
  const find: Finder = {
    resource: (path) => resources.get(path ?? '') ?? {},
    facility: (name) => (name === undefined ? undefined : (facilities.get(name)?.want?.name ?? name)),
    user: (id) => draft.people.names[draft.people.ofId(id) ?? -1] ?? 'somebody',
  }
  const held = new Map<string, Held & { readonly holders: Holder[] }>()
  // What somebody had once comes last: it hinders only others.
  for (const placed of [...placedValues].sort((a, b) => Number(isSpent(a)) - Number(isSpent(b)))) {
    for (const { facility, holder } of isSpent(placed) ? spentOn(placed, find) : heldOn(placed, find)) {
      const key = `${placed.attribute} ${facility} ${uniqueKey(placed.value)}`
      const known = held.get(key) ?? { name: placed.attribute, value: placed.value, path: 'spec.facility', holders: [] }
      held.set(key, known)
      if (!(isSpent(placed) && known.holders.some((one) => isTheirs(one, { placed, holder }))))
        known.holders.push(holder)
    }
  }
  return [...held.values()].filter(({ holders }) => holders.length > 1)
}

interface Finder {
  /** By its path in force. */
  resource(path: string | undefined): ObjectPair
  /** How a facility in force is called then. */
  facility(name: string | undefined): string | undefined
  user(id: UserId): IdentityRef
}

interface Placed {
  readonly facility: string
  readonly holder: Holder
}

function isSpent({ spentOn: facility }: PlacedValue): boolean {
  return facility !== undefined
}

function heldOn({ resource, user: id, value }: PlacedValue, find: Finder): Placed[] {
  const pair = find.resource(resource)
  const [before, after] = [find.facility(facilityOf(pair.have)), facilityOf(pair.want)]
  const user = find.user(id)
  return [...new Set([before, after])].flatMap((facility) =>
    facility === undefined
      ? []
      : [{ facility, holder: { pair, user, value, before: facility === before, after: facility === after } }],
  )
}

function spentOn({ resource, user: id, value, spentOn: place }: PlacedValue, find: Finder): Placed[] {
  const facility = find.facility(place)
  const holder = { pair: find.resource(resource), user: find.user(id), value, before: true, after: true, isSpent: true }
  return facility === undefined ? [] : [{ facility, holder }]
}

/** Whether what was had once is the holder's own: of somebody who was gone only the person is known. */
function isTheirs(
  { user, pair }: Holder,
  { placed, holder }: { readonly placed: PlacedValue; readonly holder: Holder },
): boolean {
  return user === holder.user && (placed.resource === undefined || pair === holder.pair)
}

function facilityOf(object: ConfigObject | undefined): string | undefined {
  return object !== undefined && isKind(object, 'Resource') ? object.spec.facility : undefined
}

function byPath({ ofKind }: Draft, kind: 'Facility' | 'Resource'): ReadonlyMap<string, ObjectPair> {
  return new Map(ofKind(kind).flatMap((pair) => (pair.have === undefined ? [] : [[pathOf(pair.have), pair] as const])))
}
