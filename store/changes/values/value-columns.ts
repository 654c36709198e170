import type { JsonValue } from '../../../core/model/json.ts'
import type { ValueKey } from './read-held.ts'

/** A value that a holder has or is to have, undefined for none. */
export interface AskedValue extends ValueKey {
  readonly value: JsonValue | undefined
}

/** One text for a holder's value, to find it by. */
export function keyOfValue({ attribute, subject, object }: ValueKey): string {
  return `${attribute} ${subject} ${object}`
}

/** The rows of `columnsOfValues`, in their order by `x.place`; the value is the text of JSON. */
export const askedValues = `unnest($1::text[], $2::integer[], $3::integer[], $4::text[]) with ordinality
       as x(attribute, subject, object, value, place)`

/** Values, a list per column, as the parameters of `askedValues`. */
export function columnsOfValues(values: readonly AskedValue[]): readonly unknown[][] {
  return [
    values.map(({ attribute }) => attribute),
    values.map(({ subject }) => subject),
    values.map(({ object }) => object),
    values.map(({ value }) => (value === undefined ? null : JSON.stringify(value))),
  ]
}
