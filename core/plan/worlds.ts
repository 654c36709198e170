import { requirementsOfVo, type Requirement } from '../attributes/requirements.ts'
import { acceptedLevels } from '../config/offer.ts'
import { buildGroupGraph } from '../membership/group-graph.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { namesLacked, statusesOf, type StatusInput } from '../membership/statuses.ts'
import type { Holders, VoWorld } from '../membership/vo-world.ts'
import type { World } from '../membership/world.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { holdersAfter, holdersOf } from './diff-rows.ts'
import type { Draft } from './draft.ts'
import { endingsOf, type Endings } from './endings.ts'
import { levelsOn } from './levels.ts'
import { membersAfter } from './members-after.ts'
import { once, remember } from './once.ts'
import type { ObjectPair } from './pair-objects.ts'
import { requiredByServices as listRequired } from './required-by-services.ts'
import { isOver } from './set-dates.ts'
import type { MemberSet } from './sets.ts'
import { acceptanceDue } from './terms.ts'

/** Who has access to what, before and after the changes. */
export interface Worlds {
  readonly before: World
  readonly after: World
  /** The instance as it will be before its removals, the VOs as they are: tells whose change takes access away. */
  readonly between: World
  /** What keeps a person from being VALID in a VO, by its name after the changes: attributes, `LoA`, or what is to be accepted. */
  lacked(vo: string, person: PersonIndex): readonly string[]
}

type Side = 'have' | 'want'

/** Builds the worlds; a VO's part is made when it is asked for, and is the same object on both sides where nothing touches it. */
export function buildWorlds(draft: Draft): Worlds {
  const { isWithinOffer } = draft
  const over = endingsOf(draft)
  const [isOver, wasOver] = [overResources(draft, over, 'want'), overResources(draft, over, 'have')]
  const before = remember((name) => partBefore(draft, over, name))
  const required = once(() => listRequired(draft, draft.definitions, { isWithinOffer, isOver }))
  const after = remember((name) => {
    const part = draft.vosByWant.get(name)
    if (part === undefined) return undefined
    return draft.touchedVos.has(part)
      ? partAfter(draft, { pair: part, over, requiredOfGroups: required().get(name) })
      : before(name)
  })
  const lacked: Worlds['lacked'] = (name, person) => {
    const part = after(name)
    return part === undefined ? [] : namesLacked(part, statusInput(draft, part, required().get(name)), person)
  }
  const between = remember((name) => {
    const part = before(name)
    if (part === undefined) return undefined
    const input = { ...statusInput(draft, part), valuesOf: valuesIn(draft, () => draft.heldValuesBetween()) }
    return { ...part, statuses: statusesOf(part, { current: part.statuses, ...input }) }
  })
  const have = facilitiesOf(draft.ofKind('Facility'), 'have')
  const want = facilitiesOf(draft.ofKind('Facility'), 'want')
  const facilityAfter: World['facility'] = (name) => want.get(name)
  const banned = bannedFrom(draft)
  const lacksLevel = lackingOffered(draft, 'want')
  return {
    before: {
      ...{ facility: (name) => have.get(name), isWithinOffer, vo: before, banned },
      ...{ lacksLevel: lackingOffered(draft, 'have'), isOver: wasOver },
    },
    after: { facility: facilityAfter, isWithinOffer, vo: after, banned, lacksLevel, isOver },
    lacked,
    between: {
      ...{ facility: (name) => want.get(name) ?? have.get(name), isWithinOffer, vo: between, banned },
      ...{ lacksLevel, isOver: wasOver },
    },
  }
}

/** Bans stay with what they are from, whatever it is called and wherever it lies. */
function bannedFrom({ state, pairs, people }: Draft): World['banned'] {
  if (state.bans.length === 0) return () => undefined
  const byId = new Map<string, Set<PersonIndex>>()
  for (const { user, from } of state.bans) {
    const person = people.ofId(user)
    const key = `${from.kind} ${from.id}`
    if (person !== undefined) byId.set(key, (byId.get(key) ?? new Set()).add(person))
  }
  const byObject = new Map<ConfigObject, ReadonlySet<PersonIndex>>()
  for (const { have, want } of pairs) {
    const banned = have === undefined ? undefined : byId.get(`${have.kind} ${have.id}`)
    if (banned === undefined) continue
    for (const object of [have, want]) if (object !== undefined) byObject.set(object, banned)
  }
  return (object) => byObject.get(object)
}

function overResources(draft: Draft, over: Endings, side: Side): World['isOver'] {
  const vos = side === 'have' ? draft.vosByHave : draft.vosByWant
  return (resource) => {
    const vo = vos.get(resource.vo ?? '')?.[side]
    return over[side].has(resource) || (vo !== undefined && over[side].has(vo))
  }
}

function facilitiesOf(pairs: readonly ObjectPair[], side: Side): Map<string, ConfigObject<'Facility'>> {
  const facilities = new Map<string, ConfigObject<'Facility'>>()
  for (const { have, want } of pairs) {
    const object = side === 'have' ? have : want
    if (object === undefined || !isKind(object, 'Facility')) continue
    facilities.set(object.name, object)
    if (side === 'want' && have !== undefined && !facilities.has(have.name)) facilities.set(have.name, object)
  }
  return facilities
}

function partBefore(draft: Draft, over: Endings, name: string): VoWorld | undefined {
  const vo = draft.vosByHave.get(name)?.have
  if (vo === undefined || !isKind(vo, 'VO')) return undefined
  const base = basePart(draft, vo, { over, side: 'have', holdersIn: (set) => holdersOf(set.have, draft.people) })
  return { ...base, statuses: draft.membersOf(name) }
}

interface Later {
  readonly pair: ObjectPair
  readonly over: Endings
  readonly requiredOfGroups: ReadonlyMap<string, readonly Requirement[]> | undefined
}

function partAfter(draft: Draft, { pair, over, requiredOfGroups }: Later): VoWorld | undefined {
  const vo = pair.want
  if (vo === undefined || !isKind(vo, 'VO')) return undefined
  const base = basePart(draft, vo, {
    over,
    side: 'want',
    holdersIn: (set) => holdersAfter(set, draft.diffs.get(set), draft),
  })
  const current = membersAfter(draft, pair, base)
  return { ...base, statuses: statusesOf(base, { current, ...statusInput(draft, base, requiredOfGroups) }) }
}

const nothingRequired: StatusInput['requiredByServices'] = new Map()

function statusInput(
  draft: Draft,
  { vo }: Pick<VoWorld, 'vo'>,
  requiredByServices = nothingRequired,
): Omit<StatusInput, 'current'> {
  return {
    requiredByVo: requirementsOfVo(vo, draft.definitions),
    lacksLevel: lackingLevel(draft, vo),
    lacksAcceptance: lackingAcceptance(draft, vo),
    requiredByServices,
    valuesOf: valuesIn(draft, () => draft.heldValues()),
  }
}

function lackingLevel(draft: Draft, vo: ConfigObject<'VO'>): StatusInput['lacksLevel'] {
  const accepted = vo.spec.requires?.loa
  if (accepted === undefined) return undefined
  const levels = levelsOn(draft, { today: draft.today(vo.name), zone: draft.zone(vo.name) })
  return (person) => !levels(person).some((level) => accepted.includes(level))
}

function lackingAcceptance(draft: Draft, vo: ConfigObject<'VO'>): StatusInput['lacksAcceptance'] {
  const dueOf = acceptanceDue(draft, vo)
  const today = draft.today(vo.name)
  return dueOf && ((person) => isOver(dueOf(person), today))
}

/** By the day and the sources of one side; a VO that is renamed has the time zone that it will have. */
function lackingOffered(draft: Draft, side: Side): World['lacksLevel'] {
  const levelsIn = remember((vo) => {
    const name = (side === 'have' ? draft.vosByHave.get(vo)?.want?.name : undefined) ?? vo
    return levelsOn(draft, { today: draft.today(name), zone: draft.zone(name), side })
  })
  return ({ vo = '', name, spec }, facility, memberVo) => {
    const accepted = acceptedLevels({ resource: { vo, name, spec }, facility })
    if (accepted === undefined) return undefined
    const levels = levelsIn(memberVo)
    return (person) => !levels(person).some((level) => accepted.includes(level))
  }
}

function valuesIn(draft: Draft, held: () => ReadonlySet<string>): StatusInput['valuesOf'] {
  const { people, derived } = draft
  return (person) => {
    const id = people.ids[person]
    const attributes = once(() => people.attributes(person))
    return {
      hasOfUser: (attribute) =>
        (derived.isDerived(attribute) ? derived.valueOf(attribute, person) : attributes()[attribute]) !== undefined,
      holds: (attribute, of) => {
        const name = draft.vosByWant.has(of) ? of : (draft.vosByHave.get(of)?.want?.name ?? of)
        if (derived.isDerived(attribute)) return derived.valueOf(attribute, person, name) !== undefined
        const said = draft.memberValues.rowsSay(attribute, person, name)
        if (said !== undefined) return said.kind === 'given'
        return id !== undefined && held().has(`${attribute} ${id} ${of}`)
      },
    }
  }
}

function basePart(
  draft: Draft,
  vo: ConfigObject<'VO'>,
  {
    over,
    side,
    holdersIn,
  }: { readonly over: Endings; readonly side: Side; readonly holdersIn: (set: MemberSet) => Holders },
): Omit<VoWorld, 'statuses'> {
  const pairs = (side === 'have' ? draft.pairsByHaveVo : draft.pairsByWantVo).get(vo.name) ?? []
  const groups: ConfigObject<'Group'>[] = []
  const groupPairs: ObjectPair[] = []
  const resources: ConfigObject<'Resource'>[] = []
  for (const pair of pairs) {
    const object = pair[side]
    if (object === undefined) continue
    if (isKind(object, 'Resource')) resources.push(object)
    if (!isKind(object, 'Group')) continue
    groups.push(object)
    groupPairs.push(pair)
  }
  const known: (Holders | undefined)[] = []
  const voPair = side === 'have' ? draft.vosByHave.get(vo.name) : draft.vosByWant.get(vo.name)
  const isOver = over[side].has(vo)
  const graph = buildGroupGraph(groups)
  const isCut = isOver || groups.some((group) => over[side].has(group))
  return {
    ...{ vo, graph, isOver },
    lasting: isCut ? buildGroupGraph(groups, (group) => isOver || over[side].has(group)) : graph,
    holders: (index) => (known[index] ??= holdersOfPair(draft, groupPairs[index], holdersIn)),
    own: () => holdersOfPair(draft, voPair, holdersIn),
    resources,
  }
}

function holdersOfPair(draft: Draft, pair: ObjectPair | undefined, holdersIn: (set: MemberSet) => Holders): Holders {
  const set = pair === undefined ? undefined : draft.setOf.get(pair)
  return set === undefined ? { valid: [], expired: [] } : holdersIn(set)
}
