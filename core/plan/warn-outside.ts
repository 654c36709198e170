import { describeLists } from '../attributes/lists.ts'
import { requirementsOfServices, requirementsOfVo, type Requirement } from '../attributes/requirements.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { access, assignedGroups } from '../membership/world.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { countPeople } from '../model/count.ts'
import type { Finding, Position } from '../model/finding.ts'
import { groupBy } from '../model/group-by.ts'
import type { Draft } from './draft.ts'
import { once } from './once.ts'
import type { JudgedPick } from './picks.ts'
import type { Worlds } from './worlds.ts'

/** How many people are named for each list that lacks what they picked; the rest is a number. */
const named = 10

/** Warns of the people whose value, which a VO or a service requires, stands in no list any more that a commit narrows. */
export function warnOutside(draft: Draft, worlds: Worlds): Finding[] {
  const requirers = once(() => byNeed(requirersIn(draft, worlds)))
  const told = draft.picks().flatMap((pick) => {
    const { broken, picked } = pick
    const person = draft.people.ofId(picked.user)
    if (broken === undefined || picked.isAside || person === undefined) return []
    const by = [...(requirers().get(needOf(pick)) ?? [])].flatMap((one) => (one.asks(person) ? [one.name] : []))
    const user = draft.people.names[person] ?? ''
    return by.length === 0 ? [] : [{ ...broken, user, pick, by }]
  })
  return [...groupBy(told, ({ list, at }) => `${at.file}:${at.line} ${list}`).values()].flatMap(warningsOf)
}

interface Told extends NonNullable<JudgedPick['broken']> {
  readonly user: string
  readonly pick: JudgedPick
  /** Who requires a value. */
  readonly by: readonly string[]
}

function messageOf({ user, by, around, pick: { picked, attribute } }: Told): string {
  const { value } = picked
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  const { first, others } = describeLists(around())
  return `"${user}" chose ${shown} as ${attribute}, which is not in ${first} any more${others}, so it will count as missing; required by ${by.join(', ')}`
}

function warningsOf(told: readonly Told[]): Finding[] {
  const sorted = told.toSorted((a, b) => (a.user < b.user ? -1 : 1))
  const first = sorted.slice(0, named).map((one) => warning(messageOf(one), one.at))
  return [...first, ...sorted.slice(named, named + 1).map(({ list, at }) => warning(moreOf(sorted, list), at))]
}

function moreOf({ length }: readonly Told[], list: string): string {
  return `${countPeople(length - named, 'more ')} will lack a value that is required, since it is not in ${list} any more`
}

function warning(message: string, at: Position): Finding {
  return { severity: 'warning', code: 'attribute-outside', message, at }
}

/** Who asks for values, and whom. */
interface Requirer {
  readonly name: string
  readonly required: readonly Requirement[]
  asks(person: PersonIndex): boolean
}

function needOf({ attribute, of }: Requirement): string {
  return `${attribute} ${of}`
}

function byNeed(requirers: readonly Requirer[]): Map<string, Set<Requirer>> {
  const found = new Map<string, Set<Requirer>>()
  for (const requirer of requirers) {
    for (const need of requirer.required.map(needOf)) found.set(need, (found.get(need) ?? new Set()).add(requirer))
  }
  return found
}

/** A VO asks its members, a service who has access to a resource. */
function requirersIn(draft: Draft, worlds: Worlds): Requirer[] {
  const ofVos = draft.ofKind('VO').flatMap(({ want }): Requirer[] => {
    if (want === undefined || !isKind(want, 'VO')) return []
    const asks: Requirer['asks'] = (person) => worlds.after.vo(want.name)?.statuses.has(person) === true
    return [{ name: `VO "${want.name}"`, required: requirementsOfVo(want, draft.definitions), asks }]
  })
  const services = draft
    .ofKind('Service')
    .flatMap(({ want }) => (want !== undefined && isKind(want, 'Service') ? [want] : []))
  const ofResources = draft.ofKind('Resource').flatMap(({ want }): Requirer[] => {
    if (want === undefined || !isKind(want, 'Resource')) return []
    const people = once(() => new Set(access(worlds.after, want, draft.marks)))
    const asks: Requirer['asks'] = (person) => people().has(person)
    return services
      .filter(({ name }) => want.spec.services?.includes(name) === true)
      .map((service) => ({
        ...{ name: `service "${service.name}" on resource "${want.vo ?? ''}/${want.name}"`, asks },
        required: requiredOn(draft, worlds, { resource: want, service }),
      }))
  })
  return [...ofVos, ...ofResources]
}

interface Served {
  readonly resource: ConfigObject<'Resource'>
  readonly service: ConfigObject<'Service'>
}

function requiredOn({ definitions }: Draft, { after }: Worlds, { resource, service }: Served): Requirement[] {
  const facility = after.facility(resource.spec.facility)
  if (facility === undefined) return []
  const of = `${resource.vo ?? ''}/${resource.name}`
  return assignedGroups(resource).flatMap(({ vo, name }) =>
    requirementsOfServices({ services: [service], facility, vo, group: `${vo}/${name}`, resource: of }, definitions),
  )
}
