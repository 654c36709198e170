import { assignments } from '../../core/config/assignments.ts'
import { offerProblems } from '../../core/config/offer.ts'
import { parseGroup, parentOf } from '../../core/config/references.ts'
import { isKind, type ConfigObject, type StoredObject } from '../../core/model/config-object.ts'
import type { State, UserId } from '../../core/model/state.ts'

/** One person's access to one resource on one facility, by ids. */
export interface AccessPair {
  readonly user: UserId
  readonly resource: number
  readonly facility: number
}

/** Lists the groups that lie in a group, itself among them, by asking again and again until nothing is new. */
export function naiveClosure(groups: readonly ConfigObject<'Group'>[], name: string): Set<string> {
  const lasting = groups.filter((group) => !isOver(group.spec.expires))
  if (!lasting.some((group) => group.name === name)) return new Set()
  const found = new Set([name])
  for (let size = 0; size !== found.size;) {
    size = found.size
    for (const group of lasting) {
      if (found.has(parentOf(group.name) ?? '')) found.add(group.name)
      if (!found.has(group.name)) continue
      for (const included of group.spec.includes ?? [])
        if (lasting.some((other) => other.name === included)) found.add(included)
    }
  }
  return found
}

/** Lists every access there is, by trying every person on every resource. */
export function naiveAccess(state: State): AccessPair[] {
  return state.members.flatMap((member) => {
    if (member.status !== 'VALID') return []
    return naiveReach(state, member)
      .filter((resource) => hasLevel(state, member.user, resource))
      .map((resource) => ({
        user: member.user,
        resource: resource.id,
        facility: facilityOf(state, resource)?.id ?? 0,
      }))
  })
}

/** By what the sources say of all their identities. */
function hasLevel(state: State, user: UserId, resource: ConfigObject<'Resource'>): boolean {
  const { vo, spec } = resource
  const offers = facilityOf(state, resource)?.spec.offers ?? []
  const offer = offers.find((one) => one.vo === vo && (spec.offer ?? one.name) === one.name)
  if (offer?.loa === undefined) return true
  const sources = state.objects.filter((object) => isKind(object, 'Source'))
  const identities = state.people.find(({ id }) => id === user)?.identities ?? []
  const levels = identities.map(
    (identity) => sources.find((source) => identity.startsWith(`${source.name}/`))?.spec.loa ?? -1,
  )
  return offer.loa.some((level) => levels.includes(level))
}

/** Lists the resources within their offers that a VO member reaches by a group, whatever the status. */
function naiveReach(
  state: State,
  member: { readonly vo: string; readonly user: UserId },
): Extract<StoredObject, { kind: 'Resource' }>[] {
  return [...new Set(naiveWays(state, member).map(({ resource }) => resource))]
}

/** A resource that a VO member reaches, and by which of the groups assigned to it. */
export interface NaiveWay {
  readonly resource: Extract<StoredObject, { kind: 'Resource' }>
  readonly group: string
}

/** Lists every assigned group by which a VO member reaches a resource within its offer. */
export function naiveWays(state: State, member: { readonly vo: string; readonly user: UserId }): NaiveWay[] {
  return state.objects
    .filter((object) => isKind(object, 'Resource'))
    .flatMap((resource) => {
      const facility = facilityOf(state, resource)
      if (facility === undefined || !isOffered(resource, facility)) return []
      if (isOver(resource.spec.expires) || isVoOver(state, resource.vo)) return []
      return assignments(resource.spec).flatMap(({ group }): NaiveWay[] => {
        const target = parseGroup(group, resource.vo)
        const isWay = target !== undefined && target.vo === member.vo && isInGroup(state, member, target.name)
        return isWay ? [{ resource, group: target.name }] : []
      })
    })
}

function isInGroup(state: State, { vo, user }: { readonly vo: string; readonly user: UserId }, group: string): boolean {
  if (isVoOver(state, vo)) return false
  if (group === 'members') return true
  const groups = state.objects.filter((object) => isKind(object, 'Group')).filter((object) => object.vo === vo)
  const closure = naiveClosure(groups, group)
  return state.rows.some(
    (row) =>
      row.vo === vo && row.user === user && row.status === 'VALID' && row.group !== undefined && closure.has(row.group),
  )
}

/** The dates of these configurations are long before or long after their plans. */
function isOver(expires: string | undefined): boolean {
  return expires !== undefined && expires < '2025-01-01'
}

function isVoOver(state: State, vo: string | undefined): boolean {
  const found = state.objects.filter((object) => isKind(object, 'VO')).find(({ name }) => name === vo)
  return isOver(found?.spec.expires)
}

function isOffered(resource: ConfigObject<'Resource'>, facility: ConfigObject<'Facility'>): boolean {
  const { vo = '', name, spec } = resource
  return offerProblems({ resource: { vo, name, spec }, facility, compileSchema: () => () => [] }).length === 0
}

function facilityOf(
  state: State,
  resource: ConfigObject<'Resource'>,
): Extract<StoredObject, { kind: 'Facility' }> | undefined {
  return state.objects
    .filter((object) => isKind(object, 'Facility'))
    .find(({ name }) => name === resource.spec.facility)
}
