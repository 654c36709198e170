import { GuildhallError } from '../../core/errors.ts'
import type { Tx } from '../pool.ts'

export interface SequenceScope {
  readonly facilities: readonly number[]
  /** Undefined: everybody who reaches the facilities. */
  readonly persons: readonly number[] | undefined
  readonly at: Date
}

/**
 * Gives everybody who reaches the facilities the numbers they have not got. A number is taken from a counter that only
 * rises, so that none is given twice, not even after its holder or the facility is gone. Returns who got one, as far as
 * anything is derived from such numbers.
 */
export async function allocateNumbers(
  tx: Tx,
  { facilities, persons }: Pick<SequenceScope, 'facilities' | 'persons'>,
): Promise<readonly number[]> {
  if (facilities.length === 0) return []
  const { rowCount } = await tx.query(
    `insert into attribute_counter (attribute, per, next)
     select d.name, f.name, (d.spec->'generate'->'sequence'->>'from')::integer
     from attribute_definition d, facility f
     where d.spec->'generate' ? 'sequence' and d.name like 'user-facility.%'
       and d.spec->'generate'->'sequence'->>'per' = 'facility' and f.id = any($1)
     order by d.name, f.name
     on conflict (attribute, per) do update set next = greatest(attribute_counter.next, excluded.next)`,
    [facilities],
  )
  if (rowCount === 0) return []
  const { rows } = await tx.query<{ persons: readonly number[]; spent: Spent | null }>(
    `with reached as (
       select distinct r.facility_id, f.name as facility, reach.person_id
       from resource r join reach on reach.resource_id = r.id join facility f on f.id = r.facility_id
       where r.facility_id = any($1) and ($2::integer[] is null or reach.person_id = any($2))
     ), need as materialized (
       select d.name as attribute, reached.facility_id, reached.facility, reached.person_id,
         row_number() over (partition by d.name, reached.facility_id order by p.identities[1]) as number
       from attribute_definition d
       cross join reached
       join person p on p.id = reached.person_id
       where d.spec->'generate'->'sequence'->>'per' = 'facility' and d.name like 'user-facility.%' and not exists (
         select 1 from attribute_value v
         where (v.attribute, v.subject, v.object) = (d.name, reached.person_id, reached.facility_id))
     ), counted as (
       update attribute_counter c set next = c.next + n.total::integer
       from (select attribute, facility, count(*) as total from need group by 1, 2) n
       where (c.attribute, c.per) = (n.attribute, n.facility)
       returning c.attribute, c.per, c.next, n.total
     ), given as (
       insert into attribute_value (attribute, subject, object, value, origin)
       select need.attribute, need.person_id, need.facility_id, to_jsonb(c.next - c.total + need.number - 1), 'generated'
       from need join counted c on (c.attribute, c.per) = (need.attribute, need.facility)
       on conflict do nothing
       returning attribute, subject, object, value
     ), kept as (
       insert into attribute_unique (attribute, within, value, subject, object, lasting)
       select attribute, object, value, subject, object, true from given
     )
     select array(
         select distinct subject from given
         where exists (select from attribute_definition where spec->>'derive' like '%user_facility%')
       ) as persons, (
         select jsonb_build_object('attribute', c.attribute, 'place', c.per, 'last', d.spec->'generate'->'sequence'->'to')
         from counted c join attribute_definition d on d.name = c.attribute
         where c.next - 1 > (d.spec->'generate'->'sequence'->>'to')::integer
         order by c.attribute, c.per limit 1
       ) as spent`,
    [facilities, persons ?? null],
  )
  const [{ persons: given, spent } = { persons: [], spent: null }] = rows
  if (spent !== null) throw exhausted(spent)
  return given
}

interface Spent {
  readonly attribute: string
  /** Within what the numbers are counted; empty for all. */
  readonly place: string
  readonly last: number
}

/** Says that a sequence has no number left. */
export function exhausted({ attribute, place, last }: Spent): GuildhallError {
  const where = place === '' ? '' : ` in "${place}"`
  return new GuildhallError(
    'SEQUENCE_EXHAUSTED',
    `Cannot give more numbers of ${attribute}${where}: the last is ${last}; raise \`to\` in the Attribute document`,
    { facts: { attribute, place, last } },
  )
}
