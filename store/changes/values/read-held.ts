import { builtInAttributes } from '../../../core/config/built-in-attributes.ts'
import type { ConfigObject } from '../../../core/model/config-object.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Db } from '../../pool.ts'

/** What an Attribute document says, or what is built in. */
export type Definition = ConfigObject<'Attribute'>['spec']

/** A value in force. */
export interface HeldValue {
  readonly value: JsonValue
  readonly origin: string
  /** Where git gives it, as `file:line`. */
  readonly at: string | null
  /** Of origin sync: which source gives it, where that is known. */
  readonly source?: string
  /** The sources that say something else, of which none has more authority. */
  readonly before?: readonly string[]
}

/** Names one value: an attribute, and its holder by ids. */
export interface ValueKey {
  readonly attribute: string
  readonly subject: number
  readonly object: number
}

/** Reads every definition of an attribute, by full name. */
export async function readDefinitions(db: Db): Promise<ReadonlyMap<string, Definition>> {
  const { rows } = await db.query<{ name: string; spec: Definition }>(
    'select name, spec from attribute_definition order by name',
  )
  return new Map([...Object.entries(builtInAttributes), ...rows.map(({ name, spec }) => [name, spec] as const)])
}

/** Reads the values of these keys, each at its place; undefined where there is none. */
export async function readHeld(db: Db, keys: readonly ValueKey[]): Promise<readonly (HeldValue | undefined)[]> {
  const { rows } = await db.query<HeldRow>(
    `select v.value, v.origin, case when v.origin = 'sync' then v.source end as source,
       case when v.origin = 'sync' then (
         select array_agg(o.source order by o.source) from attribute_aside o
         where (o.attribute, o.subject, o.object) = (v.attribute, v.subject, v.object)) end as before,
       case when v.origin = 'config' then place_in_git(v.attribute, v.subject, v.object) end as at
     from unnest($1::text[], $2::integer[], $3::integer[]) with ordinality as x(attribute, subject, object, place)
     left join attribute_value v using (attribute, subject, object)
     order by x.place`,
    [...[keys.map(({ attribute }) => attribute), keys.map(({ subject }) => subject)], keys.map(({ object }) => object)],
  )
  return rows.map(({ value, origin, at, source, before }) =>
    value === null || origin === null
      ? undefined
      : { value, origin, at, ...(source !== null && { source }), ...(before !== null && { before }) },
  )
}

type HeldRow = { readonly [K in keyof HeldValue]-?: HeldValue[K] | null }
