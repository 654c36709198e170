import { isKind } from '../../core/model/config-object.ts'
import type { Person, State } from '../../core/model/state.ts'

/** Puts derived values that somebody else computed in place of those of a state; people are known by their identities. */
export function withDerived(state: State, derived: Pick<State, 'heldValues' | 'objects' | 'people'>): State {
  const names = new Set(
    derived.objects.flatMap((object) =>
      isKind(object, 'Attribute') && object.spec.derive !== undefined ? [object.name] : [],
    ),
  )
  if (names.size === 0) return state
  const twinOf = ({ identities }: Person) =>
    derived.people.find((other) => other.identities.some((identity) => identities.includes(identity)))
  const people = state.people.map((person) => {
    const own = Object.entries(person.attributes).filter(([name]) => !names.has(name))
    const given = Object.entries(twinOf(person)?.attributes ?? {}).filter(([name]) => names.has(name))
    return { ...person, attributes: Object.fromEntries([...own, ...given]) }
  })
  const heldValues = state.people.flatMap((person) => {
    const twin = twinOf(person)
    const held = derived.heldValues.filter(({ attribute, user }) => names.has(attribute) && user === twin?.id)
    return held.map((one) => ({ ...one, user: person.id }))
  })
  return {
    ...state,
    people,
    heldValues: [...state.heldValues.filter(({ attribute }) => !names.has(attribute)), ...heldValues],
  }
}
