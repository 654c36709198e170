import { derivedAmong, deriveValue } from '../../core/expressions/derived.ts'
import { compareText } from '../../core/model/compare.ts'
import { isKind } from '../../core/model/config-object.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { State } from '../../core/model/state.ts'
import { anyValueFits } from './builders.ts'

/** Somebody, or a member of a VO, with a derived value. */
interface Had {
  readonly user: number
  readonly name: string
  readonly vo: string
  readonly value: JsonValue
}

/** Computes all derived values of a state anew; unique ones go by names, as if everybody came to them at once. */
export function naiveDerived(state: State): State {
  const definitions = state.objects.filter((object) => isKind(object, 'Attribute'))
  const { order, names, defaults } = derivedAmong(
    definitions.map(({ name, spec }) => [name, spec] as const),
    ['people'],
  )
  if (names.size === 0) return state
  const had = new Map<string, JsonValue>()
  const read = (name: string, user: number, vo: string): JsonValue | undefined => {
    if (names.has(name)) return had.get(`${name} ${user} ${name.startsWith('user.') ? '' : vo}`)
    const own = name.startsWith('user.')
      ? state.people.find(({ id }) => id === user)?.attributes[name]
      : state.memberValues?.find((one) => one.attribute === name && one.user === user && one.vo === vo)?.value
    return own ?? defaults.get(name)
  }
  const nameOf = (user: number) => state.people.find(({ id }) => id === user)?.identities[0] ?? ''
  for (const definition of order) {
    const { name: attribute, spec, holder } = definition
    const holders = holder === 'user' ? state.people.map(({ id }) => ({ user: id, vo: '' })) : state.members
    const all = holders.flatMap(({ user, vo }): Had[] => {
      const outcome = deriveValue(definition, (name) => read(name, user, vo), anyValueFits)
      return outcome.kind === 'value' ? [{ user, name: nameOf(user), vo, value: outcome.value }] : []
    })
    const sorted = all.sort((a, b) => compareText(a.name, b.name) || compareText(a.vo, b.vo))
    const taken = new Set<string>()
    for (const { user, vo, value } of sorted) {
      const key = `${spec.unique === 'vo' ? vo : ''} ${JSON.stringify(value).toLowerCase()}`
      if (spec.unique !== undefined && spec.unique !== false && taken.has(key)) continue
      taken.add(key)
      had.set(`${attribute} ${user} ${vo}`, value)
    }
  }
  const heldOf = (user: number, vo: string) =>
    [...names].flatMap((name) => (had.has(`${name} ${user} ${vo}`) ? [{ attribute: name, user, of: vo }] : []))
  return {
    ...state,
    people: state.people.map((person) => {
      const own = Object.entries(person.attributes).filter(([name]) => !names.has(name))
      const given = [...names].flatMap((name) => {
        const value = had.get(`${name} ${person.id} `)
        return value === undefined ? [] : [[name, value] as const]
      })
      return { ...person, attributes: Object.fromEntries<JsonValue>([...own, ...given]) }
    }),
    heldValues: [
      ...state.heldValues.filter(({ attribute }) => !names.has(attribute)),
      ...state.members.flatMap(({ user, vo }) => heldOf(user, vo)),
    ],
  }
}
