import type { People } from '../membership/people.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { JsonValue } from '../model/json.ts'
import type { Scope } from '../model/scope.ts'
import type { State } from '../model/state.ts'
import type { AttributeNames } from './attribute-names.ts'
import { once, remember } from './once.ts'
import type { PairIndex } from './pair-index.ts'
import { valuesOfSet } from './set-values.ts'
import type { MemberSet } from './sets.ts'

/** What the values of members are looked up in. */
export interface MemberValuesContext extends Pick<PairIndex, 'vosByWant'> {
  readonly state: State
  readonly people: People
  readonly sets: readonly MemberSet[]
  readonly kept: ReadonlySet<Scope>
  readonly keepsAll: boolean
  readonly attributes: AttributeNames
}

/** What rows of git say of a value: they give it, or took it away. */
type RowSays = { readonly kind: 'given'; readonly value: JsonValue } | { readonly kind: 'gone' }

/** Values of members as they will be. */
export interface MemberValues {
  /** Of holder member, by the VO's name after the commit, of what rules and expressions read. */
  valueOf(name: string, person: PersonIndex, vo: string): JsonValue | undefined
  /** What the rows of git make of a value of a member, or of a member of a group (`vo/group`): undefined where they say nothing. */
  rowsSay(name: string, person: PersonIndex, of: string): RowSays | undefined
}

/** Prepares the values of members: those in force, and over them what rows of git give. */
export function memberValues(context: MemberValuesContext): MemberValues {
  const { state, people, sets, kept, keepsAll, attributes, vosByWant } = context
  const stored = once(
    () =>
      new Map(
        (state.memberValues ?? []).map(({ attribute, user, vo, value }) => [`${attribute} ${user} ${vo}`, value]),
      ),
  )
  const setOf = once(() => new Map(sets.map((set) => [set.kind === 'Member' ? set.vo : `${set.vo}/${set.name}`, set])))
  const given = remember((of) => {
    const set = setOf().get(of)
    const isGoverned = set?.pair.want?.governsMembers === true && !kept.has(set.scope)
    return isGoverned ? valuesOfSet(set, people) : undefined
  })
  const rowsSay: MemberValues['rowsSay'] = (name, person, of) => {
    const values = given(of)
    const after = values?.after.get(person)
    const value = after?.[bareName(name)]
    if (values === undefined) return undefined
    if (value !== undefined) return { kind: 'given', value }
    const former = attributes.former(name)
    const had = former !== undefined && values.before.get(person)?.[bareName(former)] !== undefined
    return had && !(keepsAll && after === undefined) ? { kind: 'gone' } : undefined
  }
  return {
    rowsSay,
    valueOf: (name, person, vo) => {
      const said = rowsSay(name, person, vo)
      if (said !== undefined) return said.kind === 'given' ? said.value : undefined
      const former = attributes.former(name)
      const have = vosByWant.get(vo)?.have?.name ?? ''
      return former === undefined ? undefined : stored().get(`${former} ${people.ids[person] ?? ''} ${have}`)
    },
  }
}

function bareName(name: string): string {
  return name.slice(name.indexOf('.') + 1)
}
