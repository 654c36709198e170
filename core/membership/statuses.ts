import { isMissing, type AttributeValues, type Requirement } from '../attributes/requirements.ts'
import { memberStatus } from '../lifecycle/member-status.ts'
import { compareText } from '../model/compare.ts'
import type { MemberStatus } from '../model/state.ts'
import { membersGroup } from '../config/references.ts'
import { reach } from './group-graph.ts'
import type { PersonIndex } from './person-marks.ts'
import type { VoWorld } from './vo-world.ts'

/** What the statuses of a VO's members follow from. */
export interface StatusInput {
  /** The status in force; undefined for people who become members. */
  readonly current: ReadonlyMap<PersonIndex, MemberStatus | undefined>
  readonly requiredByVo: readonly Requirement[]
  /** Tells whether a person has none of the levels that the VO accepts; undefined where it accepts any. */
  readonly lacksLevel: ((person: PersonIndex) => boolean) | undefined
  /** Tells whether a person has to accept the terms of the VO first; undefined where it has none. */
  readonly lacksAcceptance: ((person: PersonIndex) => boolean) | undefined
  /** By group: what the services of the resources it is assigned to require. */
  readonly requiredByServices: ReadonlyMap<string, readonly Requirement[]>
  readonly valuesOf: (person: PersonIndex) => AttributeValues
}

/** Tells the status of every member of a VO. */
export function statusesOf(
  world: Omit<VoWorld, 'statuses'>,
  input: StatusInput,
): ReadonlyMap<PersonIndex, MemberStatus> {
  const lackingForVo = lackingWhatVoRequires(input)
  const lackingForServices = lackingWithinReach(world, input)
  const differing = new Map<PersonIndex, MemberStatus>()
  for (const [person, current] of input.current) {
    const lacksForVo = lackingForVo.has(person)
    const status = memberStatus({ current, lacksForVo, lacksForServices: lackingForServices.has(person) })
    if (status !== current) differing.set(person, status)
  }
  if (differing.size === 0 && isKnown(input.current)) return input.current
  return replaced(input.current, differing)
}

function lackingWhatVoRequires(input: StatusInput): Set<PersonIndex> {
  const { current, requiredByVo, lacksLevel, lacksAcceptance } = input
  const lacking = new Set<PersonIndex>()
  if (requiredByVo.length === 0 && lacksLevel === undefined && lacksAcceptance === undefined) return lacking
  for (const person of current.keys()) {
    const isShort = lacksLevel?.(person) === true || lacksAcceptance?.(person) === true
    if (isShort || lacks(person, requiredByVo, input)) lacking.add(person)
  }
  return lacking
}

function replaced(current: Current, differing: ReadonlyMap<PersonIndex, MemberStatus>): Map<PersonIndex, MemberStatus> {
  const statuses = new Map<PersonIndex, MemberStatus>()
  for (const [person, former] of current) {
    const status = differing.get(person) ?? former
    if (status !== undefined) statuses.set(person, status)
  }
  return statuses
}

type Current = StatusInput['current']

function isKnown(current: Current): current is ReadonlyMap<PersonIndex, MemberStatus> {
  for (const status of current.values()) if (status === undefined) return false
  return true
}

/** Finds the people not VALID yet who lack something that a service within their reach requires. */
function lackingWithinReach(world: Omit<VoWorld, 'statuses'>, input: StatusInput): Set<PersonIndex> {
  const lacking = new Set<PersonIndex>()
  if (input.requiredByServices.size === 0) return lacking
  const waiting = (person: PersonIndex): boolean => {
    const current = input.current.get(person)
    return current === undefined || current === 'INVALID'
  }
  const judge = (person: PersonIndex, required: readonly Requirement[]): void => {
    if (!lacking.has(person) && waiting(person) && lacks(person, required, input)) lacking.add(person)
  }
  const ofAll = world.isOver ? undefined : input.requiredByServices.get(membersGroup)
  if (ofAll !== undefined) for (const person of input.current.keys()) judge(person, ofAll)
  if (![...input.current.keys()].some(waiting)) return lacking
  for (const index of world.lasting.indexOf.values()) {
    const { valid } = world.holders(index)
    if (!valid.some(waiting)) continue
    const above = reach([index], world.lasting.above).map((upper) => world.lasting.names[upper] ?? '')
    const required = above.flatMap((name) => input.requiredByServices.get(name) ?? [])
    if (required.length > 0) for (const person of valid) judge(person, required)
  }
  return lacking
}

/** Names what keeps a member from being VALID: a LoA, an acceptance or attributes that the VO requires, and the services within reach. */
export function namesLacked(
  world: Omit<VoWorld, 'statuses'>,
  input: Omit<StatusInput, 'current'>,
  person: PersonIndex,
): readonly string[] {
  const values = input.valuesOf(person)
  const groups = [...world.lasting.indexOf.values()].filter((index) => world.holders(index).valid.includes(person))
  const reached = reach(groups, world.lasting.above).map((index) => world.lasting.names[index] ?? '')
  const ofServices = [...(world.isOver ? [] : [membersGroup]), ...reached].flatMap(
    (name) => input.requiredByServices.get(name) ?? [],
  )
  const missing = [...input.requiredByVo, ...ofServices].filter((requirement) => isMissing(requirement, values))
  const attributes = [...new Set(missing.map(({ attribute }) => attribute))].sort(compareText)
  const others = [
    ...(input.lacksLevel?.(person) === true ? ['LoA'] : []),
    ...(input.lacksAcceptance?.(person) === true ? ['acceptance of the terms'] : []),
  ]
  return [...others, ...attributes]
}

function lacks(person: PersonIndex, required: readonly Requirement[], { valuesOf }: StatusInput): boolean {
  const values = valuesOf(person)
  return required.some((requirement) => isMissing(requirement, values))
}
