import type { Definitions } from '../attributes/requirements.ts'
import type { Expression, Values } from '../expressions/compile.ts'
import { closureOf } from '../membership/group-graph.ts'
import { isOfKind } from '../expressions/derived.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { attributesMentioned } from '../expressions/mentioned.ts'
import { compareText } from '../model/compare.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { JsonValue } from '../model/json.ts'
import { holdersAfter, type RowContext, type SetDiff } from './diff-rows.ts'
import type { DerivedValues } from './derived-values.ts'
import type { Draft } from './draft.ts'
import { levelsOn } from './levels.ts'
import type { MemberValues } from './member-values.ts'
import { once, remember } from './once.ts'
import type { PairIndex } from './pair-index.ts'
import type { MemberSet } from './sets.ts'
import type { Worlds } from './worlds.ts'

/** What rules are evaluated on. */
export interface RuleContext
  extends
    PairIndex,
    Pick<RowContext, 'keepsAll' | 'marks' | 'people' | 'today'>,
    Pick<Draft, 'endedByPerson' | 'kept' | 'membersOf' | 'zone'> {
  readonly definitions: Definitions
  readonly memberValues: MemberValues
  readonly derived: DerivedValues
  readonly sets: readonly MemberSet[]
  /** The differences of groups by what git names; rows of rules are added here. */
  readonly diffs: Map<MemberSet, SetDiff>
  /** Who has access to what, with the differences as they are by now. */
  readonly worlds: () => Worlds
}

/** Groups by `<vo>/<name>` as they will be. */
export interface Groups {
  /** A group with everything in it, by nesting and include. */
  readonly below: (group: string) => Iterable<string>
  /** Who has a VALID row of it, or of a group in it, and was not thrown out of the VO by somebody. */
  readonly membersIn: (group: string) => ReadonlySet<PersonIndex>
}

/** Makes the values findable that an expression reads, of each person as of a rule in this VO. */
export type Inputs = (vo: string, expression: Expression) => (person: PersonIndex) => Values

/** Gathers the groups; who is in one is looked up anew each time, for rules fill them one after the other. */
export function groupsOf(context: RuleContext): Groups {
  const { pairsByWantVo, sets, diffs, people, today, vosByWant, endedByPerson } = context
  const closure = remember((vo) =>
    closureOf(
      (pairsByWantVo.get(vo) ?? []).flatMap(({ want }) => (want !== undefined && isKind(want, 'Group') ? [want] : [])),
    ),
  )
  const setOf = once(() => new Map(sets.map((set) => [`${set.vo}/${set.name}`, set])))
  const below = (group: string): string[] => {
    const [vo = '', name = ''] = group.split('/')
    return [...(closure(vo).get(name) ?? [])].map((inner) => `${vo}/${inner}`)
  }
  return {
    below,
    membersIn: (group) => {
      const vo = vosByWant.get(group.slice(0, group.indexOf('/')))?.have?.name
      const members = new Set<PersonIndex>()
      for (const name of below(group)) {
        const set = setOf().get(name)
        if (set === undefined || set.kind === 'Member') continue
        for (const person of holdersAfter(set, diffs.get(set), { people, today }).valid)
          if (!endedByPerson(vo, person)) members.add(person)
      }
      return members
    },
  }
}

/** Prepares the values of people. */
export function inputsOf(context: RuleContext, groups: Groups): Inputs {
  const levels = remember((vo) => levelsOn(context, { today: context.today(vo), zone: context.zone(vo) }))
  return (vo, expression) => {
    const readers = expression.reads.map((name) => {
      const value = readerOf(context, { name, vo, expression, groups, levels })
      const fallback = context.definitions.get(name)?.spec.default
      return (person: PersonIndex) => [name, value(person) ?? fallback] as const
    })
    return (person) => {
      const values: Record<string, JsonValue | undefined> = {}
      for (const read of readers) {
        const [name, value] = read(person)
        values[name] = value
      }
      return values
    }
  }
}

interface Reading {
  readonly name: string
  readonly vo: string
  readonly expression: Expression
  readonly groups: Groups
  readonly levels: (vo: string) => (person: PersonIndex) => readonly number[]
}

/** How one name of an expression is read. */
function readerOf(context: RuleContext, reading: Reading): (person: PersonIndex) => JsonValue | undefined {
  const { people, memberValues, derived } = context
  const { name, vo, expression, groups, levels } = reading
  switch (name) {
    case 'user.identities':
      return (person) => people.identities(person).toSorted(compareText)
    case 'user.loas':
      return (person) => [...new Set(levels(vo)(person))].sort((a, b) => a - b)
    case 'user.groups': {
      const asked = expression.groups === 'any' ? [] : expression.groups
      const members = asked.map((group) => [group, groups.membersIn(group)] as const)
      return (person) => members.flatMap(([group, inGroup]) => (inGroup.has(person) ? [group] : []))
    }
    default:
  }
  if (derived.isDerived(name)) return (person) => derived.valueOf(name, person, vo)
  if (name.startsWith('user.')) return (person) => people.attributes(person)[name]
  return (person) => memberValues.valueOf(name, person, vo)
}

/** Names the attributes that the rules and derived attributes among these documents read whose outcome a plan foresees. */
export function attributesRead(objects: readonly ConfigObject[]): string[] {
  const texts = objects.flatMap((object) => {
    if (isKind(object, 'Group')) return object.spec.where ?? []
    const isForeseen = isKind(object, 'Attribute') && isOfKind(object.name, 'people')
    return isForeseen ? (object.spec.derive ?? []) : []
  })
  return [...new Set(texts.flatMap(attributesMentioned))]
}
