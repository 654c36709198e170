import type { PersonIndex } from '../membership/person-marks.ts'
import { assignedGroups, counted, type World } from '../membership/world.ts'
import { comparePositions, compareText } from '../model/compare.ts'
import { isKind, type ConfigObject, type DesiredObject } from '../model/config-object.ts'
import { countPeople } from '../model/count.ts'
import type { Finding, Position } from '../model/finding.ts'
import type { Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { Touched } from './touched.ts'
import type { Worlds } from './worlds.ts'

/** A facility's offer to a VO. */
export type Offer = NonNullable<ConfigObject<'Facility'>['spec']['offers']>[number]

/** Finds offers that would have to take more people than they have places; people in already may stay. */
export function checkCapacity(draft: Draft, worlds: Worlds, touched: Touched): Finding[] {
  const facilities = new Set(
    touched.resources.flatMap(({ want }) =>
      want !== undefined && isKind(want, 'Resource') ? [want.spec.facility] : [],
    ),
  )
  return draft.ofKind('Facility').flatMap((pair) => {
    const { want } = pair
    if (want === undefined || !isKind(want, 'Facility') || !facilities.has(want.name)) return []
    return (want.spec.offers ?? []).flatMap((offer) => checkOffer({ draft, worlds, facility: pair, offer }) ?? [])
  })
}

interface OfferInput {
  readonly draft: Draft
  readonly worlds: Worlds
  readonly facility: ObjectPair
  readonly offer: Offer
}

function checkOffer({ draft, worlds, facility, offer }: OfferInput): Finding | undefined {
  const { people } = draft
  const { maxMembers } = offer
  if (maxMembers === undefined) return undefined
  const resources = resourcesOf(draft, facility, offer)
  if (resources.length === 0) return undefined
  const after = countedOn(draft, worlds.after, resources)
  if (after.length <= maxMembers) return undefined
  const before = countedOn(draft, worlds.before, formerResourcesOf(draft, facility, offer))
  const first = firstTooMany(draft, { before, after, maxMembers })
  if (first === undefined) return undefined
  return {
    severity: 'error',
    code: 'full',
    message: `"${people.names[first] ?? ''}" finds no place: offer "${offer.name}" of facility "${facility.want?.name ?? ''}" to VO "${offer.vo}" takes ${countPeople(maxMembers)}, ${after.length} would be on its resources`,
    at: placeOf(draft, first, resources),
    scope: `vo:${offer.vo}`,
  }
}

/** Lists the resources that lie in an offer of a facility after the commit. */
export function resourcesOf(
  { ofKind }: Pick<Draft, 'ofKind'>,
  facility: ObjectPair,
  offer: Offer,
): DesiredObject<'Resource'>[] {
  return ofKind('Resource').flatMap(({ want }) =>
    want !== undefined && isKind(want, 'Resource') && liesIn(want, facility.want, offer) ? [want] : [],
  )
}

/** Lists the resources in force that lie in it, whatever the facility and the VO are called there. */
export function formerResourcesOf(
  { ofKind, vosByWant }: Pick<Draft, 'ofKind' | 'vosByWant'>,
  facility: ObjectPair,
  offer: Offer,
): ConfigObject<'Resource'>[] {
  const former = { ...offer, vo: vosByWant.get(offer.vo)?.have?.name ?? offer.vo }
  return ofKind('Resource').flatMap(({ have }) =>
    have !== undefined && isKind(have, 'Resource') && liesIn(have, facility.have, former) ? [have] : [],
  )
}

/** Finds the first newcomer for whom there is no place, by name; people in already may stay. */
export function firstTooMany(
  { marks, people }: Draft,
  {
    before,
    after,
    maxMembers,
  }: { readonly before: readonly PersonIndex[]; readonly after: readonly PersonIndex[]; readonly maxMembers: number },
): PersonIndex | undefined {
  if (after.length <= maxMembers) return undefined
  const newcomers = marks.without(after, before)
  const places = Math.max(0, maxMembers - (after.length - newcomers.length))
  const nameOf = (person: PersonIndex): string => people.names[person] ?? ''
  return newcomers.toSorted((a, b) => compareText(nameOf(a), nameOf(b)))[places]
}

function liesIn(resource: ConfigObject<'Resource'>, facility: ConfigObject | undefined, offer: Offer): boolean {
  return (
    resource.vo === offer.vo &&
    resource.spec.facility === facility?.name &&
    (resource.spec.offer ?? offer.name) === offer.name
  )
}

/** Lists who takes a place on any of these resources. */
export function countedOn(
  { marks }: Pick<Draft, 'marks'>,
  world: World,
  resources: readonly ConfigObject<'Resource'>[],
): PersonIndex[] {
  return marks.unique(...resources.map((resource) => counted(world, resource, marks)))
}

/** The line that brings the person in: a row of a group assigned to one of the resources, else the resource. */
function placeOf(draft: Draft, person: PersonIndex, resources: readonly DesiredObject<'Resource'>[]): Position {
  const groups = new Set(resources.flatMap(assignedGroups).map(({ vo, name }) => `${vo}/${name}`))
  const [resource] = resources
  const rows = draft.desired.rows
    .filter(({ user }) => draft.people.find(user) === person)
    .toSorted((a, b) => comparePositions(a.at, b.at))
  const row = rows.find(
    ({ vo, group }) => group !== undefined && pathsOf(group).some((name) => groups.has(`${vo}/${name}`)),
  )
  const at = (row ?? rows.find(({ vo }) => vo === resource?.vo))?.at ?? resource?.at
  return at ?? { file: '', line: 1, column: 1 }
}

/** A group and those it lies in by its path. */
function pathsOf(group: string): string[] {
  const parts = group.split(':')
  return parts.map((_, index) => parts.slice(0, index + 1).join(':'))
}
