import type { People } from '../membership/people.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { isEqual } from '../model/equal.ts'
import type { JsonObject } from '../model/json.ts'
import type { MembershipChange } from '../model/plan.ts'
import type { MemberSet } from './sets.ts'

/** The values that a set's rows of origin config give their members, of those that give any. */
export interface SetValues {
  readonly before: ReadonlyMap<PersonIndex, JsonObject>
  readonly after: ReadonlyMap<PersonIndex, JsonObject>
}

/** Those of a set that gives none. */
export const noValues: SetValues = { before: new Map(), after: new Map() }

/** Gathers the values of a set; one that gives none, as most do, costs a look at each of its rows. */
export function valuesOfSet({ have, want }: MemberSet, people: People): SetValues {
  if (!want.some(givesValues) && !have.some(givesValues)) return noValues
  const before = have.map(({ user, attributes }) => [people.ofId(user), attributes] as const)
  const after = want.map(({ user, attributes }) => [people.find(user), attributes] as const)
  return { before: merged(before), after: merged(after) }
}

function givesValues({ attributes }: { readonly attributes?: JsonObject }): boolean {
  return attributes !== undefined
}

/** Who is named by two identities has the values of both lines. */
function merged(
  given: readonly (readonly [PersonIndex | undefined, JsonObject | undefined])[],
): ReadonlyMap<PersonIndex, JsonObject> {
  const values = new Map<PersonIndex, JsonObject>()
  for (const [person, attributes] of given) {
    if (person !== undefined && attributes !== undefined) values.set(person, { ...values.get(person), ...attributes })
  }
  return values
}

/** Lists whose rows stay and give other values than before. */
export function differingValues(
  declared: readonly PersonIndex[],
  named: readonly PersonIndex[],
  values: SetValues,
): PersonIndex[] {
  if (values === noValues) return []
  const staying = new Set(named)
  return declared.filter((person) => staying.has(person) && valueChange(person, values) !== undefined)
}

/** Says which values a row gives and gave; undefined where they are the same. */
export function valueChange(person: PersonIndex, values: SetValues): MembershipChange['attributes'] {
  const [before, after] = [values.before.get(person) ?? {}, values.after.get(person) ?? {}]
  return isEqual(before, after) ? undefined : { before, after }
}
