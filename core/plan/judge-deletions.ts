import { groupsMentioned } from '../config/group-mentions.ts'
import { parseGroup } from '../config/references.ts'
import { isKind, type ConfigObject, type StoredObject } from '../model/config-object.ts'
import { count } from '../model/count.ts'
import { groupBy } from '../model/group-by.ts'
import type { GuardReason } from '../model/plan.ts'
import type { Scope } from '../model/scope.ts'
import { scopeOfPair, type Draft } from './draft.ts'
import { once } from './once.ts'
import { pathOf, type ObjectPair } from './pair-objects.ts'

/** A reason with the scope it holds. */
export interface ScopedReason {
  readonly scope: Scope
  readonly reason: GuardReason
}

/** Lists deletions of VOs, facilities, destinations and groups of sources that something still depends on. */
export function judgeDeletions(draft: Draft): ScopedReason[] {
  const mentions = once(() => mentionsIn(draft))
  return draft.documentChanges.flatMap(({ have, want }): ScopedReason[] => {
    if (have === undefined) return []
    const scope = scopeOfPair({ have, ...(want === undefined ? {} : { want }) })
    const isSourced = have.sourced !== undefined && want === undefined
    const reasons = isSourced ? deletedGroup(have, mentions()) : reasonsFor(draft, have, want)
    return reasons.map((reason) => ({ scope, reason }))
  })
}

function reasonsFor(draft: Draft, have: ConfigObject, want: ObjectPair['want']): GuardReason[] {
  if (isKind(have, 'VO') && want === undefined) return deletedVo(draft, have.name)
  if (!isKind(have, 'Facility')) return []
  const resources = draft
    .ofKind('Resource')
    .flatMap(({ have: object }) =>
      object !== undefined && isKind(object, 'Resource') && object.spec.facility === have.name ? [object] : [],
    )
  if (want !== undefined) return isKind(want, 'Facility') ? deletedDestinations({ have, want, resources }) : []
  const destinations = have.spec.destinations ?? []
  if (resources.length + destinations.length === 0) return []
  return [
    deletion(
      `facility ${have.name}`,
      `${count(resources.length, 'resource')} and ${count(destinations.length, 'destination')}`,
    ),
  ]
}

function deletedVo(draft: Draft, vo: string): GuardReason[] {
  const below = (draft.pairsByHaveVo.get(vo) ?? []).length
  const members = draft.membersOf(vo).size
  return below + members === 0
    ? []
    : [
        deletion(
          `vo ${vo}`,
          `${count(members, 'member')} and ${count(below, 'group or resource', 'groups and resources')}`,
        ),
      ]
}

/** Documents, as people name them, by the groups that they name. */
type Mentions = ReadonlyMap<string, readonly string[]>

function mentionsIn({ desired }: Draft): Mentions {
  const mentions = desired.objects.flatMap((object) =>
    groupsMentioned(object).flatMap((reference) => {
      const group = parseGroup(reference, object.kind === 'VO' ? object.name : object.vo)
      return group === undefined ? [] : { group: pathOf(group), by: `${object.kind.toLowerCase()} ${pathOf(object)}` }
    }),
  )
  const byGroup = groupBy(mentions, ({ group }) => group)
  return new Map([...byGroup].map(([group, found]) => [group, [...new Set(found.map(({ by }) => by))].sort()]))
}

/** A group that goes as its source says, while documents name it. */
function deletedGroup(group: StoredObject, mentions: Mentions): GuardReason[] {
  const [first, ...others] = mentions.get(pathOf(group)) ?? []
  if (first === undefined) return []
  const rest = others.length === 0 ? '' : ` and ${count(others.length, 'other document')}`
  return [deletion(`group ${pathOf(group)}`, `what ${first}${rest} gives it`)]
}

function deletedDestinations({
  have,
  want,
  resources,
}: {
  readonly have: ConfigObject<'Facility'>
  readonly want: ConfigObject<'Facility'>
  readonly resources: readonly ConfigObject<'Resource'>[]
}): GuardReason[] {
  const left = new Set((want.spec.destinations ?? []).map(({ name }) => name))
  const carried = new Set(resources.flatMap(({ spec }) => spec.services ?? []))
  return (have.spec.destinations ?? []).flatMap(({ name, services }) => {
    const served = services.filter((service) => carried.has(service))
    if (left.has(name) || served.length === 0) return []
    return [deletion(`destination ${have.name}/${name}`, `the services ${served.join(', ')}`)]
  })
}

function deletion(subject: string, dependants: string): GuardReason {
  return {
    code: 'deletes-with-dependants',
    subject,
    message: `${subject} would be deleted together with ${dependants}`,
  }
}
