import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'
import { claimUnique } from './unique-values.ts'
import { columnsOfValues } from './value-columns.ts'

/** One value by the ids of its holder, as table attribute_value has them; without `value` it is taken away. */
export interface WrittenValue {
  readonly attribute: string
  readonly subject: number
  readonly object: number
  readonly value: JsonValue | undefined
}

/** Who gives the values. */
export type ValueOrigin = 'application' | 'derived' | 'generated' | 'manager' | 'self' | 'sync'

/** A value that somebody else gives than the rest. */
export interface GivenValue extends WrittenValue {
  readonly origin?: ValueOrigin
  /** Which source gives it. */
  readonly source?: string | undefined
}

/** A value that is another now; undefined where there was or is none. */
export interface ChangedValue extends WrittenValue {
  readonly before: JsonValue | undefined
}

/**
 * Writes values of people (user, member, user-facility, member-resource, member-group, identity) and returns those that
 * changed. Every value of a person that is not git's goes through here, whoever gives it: acts, sightings of identities,
 * sources, forms, generators, derivation. Unique claims follow from here; values derived from others and groups filled by a
 * rule follow in the same transaction, from `keepDerived` and `keepRules`. A value of git is neither overwritten nor taken
 * away; callers who have somebody to tell refuse that before.
 */
export async function writeValues(
  tx: Tx,
  { values, origin }: { readonly values: readonly GivenValue[]; readonly origin: ValueOrigin },
): Promise<ChangedValue[]> {
  if (values.length === 0) return []
  const { rows } = await tx.query<ValueRow>(
    `with asked as materialized (
       select attribute, subject, object, value::jsonb as value, origin, source
       from unnest($1::text[], $2::integer[], $3::integer[], $4::text[], $5::text[], $6::text[])
         as a(attribute, subject, object, value, origin, source)
     ), old as materialized (
       select a.attribute, a.subject, a.object, v.value from asked a
       cross join lateral (${oneByOne}) v
     ), gone as (
       delete from attribute_value v using asked a
       where (v.attribute, v.subject, v.object) = (a.attribute, a.subject, a.object) and a.value is null and v.origin <> 'config'
       returning v.attribute, v.subject, v.object, null::jsonb as value
     ), replaced as (
       delete from attribute_outside o using asked a
       where (o.attribute, o.subject, o.object) = (a.attribute, a.subject, a.object)
     ), written as (
       insert into attribute_value (attribute, subject, object, value, origin, source)
       select attribute, subject, object, value, origin, source from asked where value is not null order by attribute, subject, object
       on conflict (attribute, subject, object) do update
         set value = excluded.value, origin = excluded.origin, source = excluded.source
       where attribute_value.origin <> 'config'
         and (attribute_value.value, attribute_value.origin, attribute_value.source)
           is distinct from (excluded.value, excluded.origin, excluded.source)
       returning attribute, subject, object, value
     )
     select c.*, old.value as before
     from (select * from gone union all select * from written) c left join old using (attribute, subject, object)
     order by c.attribute, c.subject, c.object`,
    [
      ...columnsOfValues(values),
      ...[values.map((one) => one.origin ?? origin), values.map(({ source }) => source ?? null)],
    ],
  )
  const changed = rows.map(({ value, before, ...place }) => ({
    ...place,
    value: value ?? undefined,
    before: before ?? undefined,
  }))
  const claiming = await thoseUnique(tx, changed)
  if (claiming.length > 0)
    await claimUnique(tx, {
      which: `(v.attribute, v.subject, v.object) in (select * from unnest($1::text[], $2::integer[], $3::integer[]))`,
      parameters: columnsOfValues(claiming).slice(0, 3),
      isDerived: origin === 'derived',
    })
  return changed
}

/** Of which nobody else may have the same; most attributes are not, and who claims what is not looked at for them. */
async function thoseUnique(tx: Tx, values: readonly ChangedValue[]): Promise<readonly ChangedValue[]> {
  const { rows } = await tx.query<{ attribute: string }>('select attribute from unique_attribute')
  const unique = new Set(rows.map(({ attribute }) => attribute))
  return values.filter(({ attribute }) => unique.has(attribute))
}

/** Through the index, where many are written into a large table too: with the limit PostgreSQL reads no whole table for it. */
const oneByOne =
  'select v.value from attribute_value v where (v.attribute, v.subject, v.object) = (a.attribute, a.subject, a.object) limit 1'

interface ValueRow {
  readonly attribute: string
  readonly subject: number
  readonly object: number
  readonly value: JsonValue | null
  readonly before: JsonValue | null
}
