import type { DerivedDefinition, DerivedDefinitions } from '../../../core/expressions/derived.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'

/** A value that somebody would have. */
export interface WantedValue {
  readonly subject: number
  readonly object: number
  /** Whom it is about: of an identity, whose that is. */
  readonly person: number
  readonly value: JsonValue
}

/** Who would have which values of one unique attribute, of these persons or of everybody. */
export interface ClaimInput {
  readonly definition: DerivedDefinition
  readonly persons: readonly number[] | 'everybody'
  readonly wanted: readonly WantedValue[]
  readonly at: Date
}

/** Who has a value that some would have, and who has it by now. */
export interface ClaimedValue extends WantedValue {
  readonly held: Omit<WantedValue, 'value'> | null
}

/** Of several who would have a value: who came first, then whose name comes first. It agrees with `derivedValues` in core. */
const firstCome = `c.since, p.identities[1] collate "C", vo.name collate "C", c.object, c.subject`

const ofClaim = `join person p on p.id = c.person_id left join vo on vo.id = c.object and c.attribute like 'member.%'`

/**
 * Notes what these persons would have and since when, and tells who has each value that they would have now or would have had
 * before: nobody where it is kept for somebody who is gone.
 */
export async function settleClaims(tx: Tx, input: ClaimInput): Promise<ClaimedValue[]> {
  const { definition, persons, wanted, at } = input
  const { name, spec } = definition
  const columns = [
    ...[wanted.map(({ subject }) => subject), wanted.map(({ object }) => object)],
    ...[wanted.map(({ person }) => person), wanted.map(({ value }) => JSON.stringify(value))],
  ]
  const { rows: keys } = await tx.query<{ within: number; value: string }>(
    `with asked as materialized (
       select subject, object, person_id, place_of_value($1, subject, object, $8) as within, value::jsonb as value
       from unnest($2::integer[], $3::integer[], $4::integer[], $5::text[]) as a(subject, object, person_id, value)
     ), old as materialized (
       select subject, object, within, value from derived_claim
       where attribute = $1 and ($6::integer[] is null or person_id = any($6))
     ), gone as (
       delete from derived_claim c using old
       where (c.attribute, c.subject, c.object) = ($1, old.subject, old.object)
         and not exists (select from asked a where (a.subject, a.object) = (old.subject, old.object))
     ), left_behind as (
       delete from attribute_unique u using old join asked a using (subject, object)
       where (u.attribute, u.within, u.subject, u.object) = ($1, old.within, old.subject, old.object)
         and old.within <> a.within and not u.lasting
     ), written as (
       insert into derived_claim (attribute, subject, object, person_id, within, value, since)
       select $1, subject, object, person_id, within, value, $7 from asked order by subject, object
       on conflict (attribute, subject, object) do update
       set person_id = excluded.person_id, within = excluded.within, value = excluded.value,
         since = case when (derived_claim.within, as_claimed(derived_claim.value)) = (excluded.within, as_claimed(excluded.value))
           then derived_claim.since else excluded.since end
       where (derived_claim.person_id, derived_claim.within, derived_claim.value)
         is distinct from (excluded.person_id, excluded.within, excluded.value)
     )
     select within, value::text
     from (select within, as_claimed(value) as value from old union select within, as_claimed(value) from asked) k
     where $6::integer[] is not null`,
    [name, ...columns, persons === 'everybody' ? null : persons, at, String(spec.unique)],
  )
  const isOfAll = persons === 'everybody'
  const ofKeys = `and (c.within, as_claimed(c.value)) in (
       select within, value::jsonb from unnest($2::integer[], $3::text[]) as k(within, value))`
  const { rows } = await tx.query<ClaimedValue>(
    `select distinct on (c.within, as_claimed(c.value)) c.subject, c.object, c.person_id as person, c.value,
       case when u.attribute is not null then jsonb_build_object('subject', u.subject, 'object', u.object, 'person',
         case when u.attribute like 'identity.%' then (select person_id from identity where id = u.subject) else u.subject end)
       end as held
     from derived_claim c ${ofClaim}
     left join attribute_unique u on (u.attribute, u.within, u.value) = (c.attribute, c.within, as_claimed(c.value))
     where c.attribute = $1 ${isOfAll ? '' : ofKeys}
       and not (coalesce(u.lasting, false) and (u.subject, u.object) <> (c.subject, c.object))
       and not exists (
         select from retired_value r
         where (r.attribute, r.within, r.hash) = (c.attribute, c.within, value_hash(c.value)) and r.person_id <> c.person_id)
     order by c.within, as_claimed(c.value), ${firstCome}`,
    isOfAll ? [name] : [name, keys.map(({ within }) => within), keys.map(({ value }) => value)],
  )
  return rows
}

/** Forgets who would have what of attributes that are not derived and unique any more. */
export async function forgetClaims(tx: Tx, { order }: DerivedDefinitions): Promise<void> {
  const unique = order.filter(isUnique).map(({ name }) => name)
  await tx.query('delete from derived_claim where attribute <> all($1)', [unique])
}

/** Tells whether no two may have the same value of a derived attribute. */
export function isUnique({ spec }: DerivedDefinition): boolean {
  return spec.unique !== undefined && spec.unique !== false
}

/** Lists who may come to a unique value that one of these persons has, were they to give it up: the next in line of each. */
export async function nextInLine(tx: Tx, persons: readonly number[]): Promise<number[]> {
  const { rows } = await tx.query<{ person: number }>(
    `select distinct n.person
     from derived_claim mine
     cross join lateral (
       select c.person_id as person from derived_claim c ${ofClaim}
       where (c.attribute, c.within, as_claimed(c.value)) = (mine.attribute, mine.within, as_claimed(mine.value)) and c.person_id <> all($1)
       order by ${firstCome} limit 1
     ) n
     where mine.person_id = any($1)`,
    [persons],
  )
  return rows.map(({ person }) => person)
}
