import type { DerivedDefinitions } from '../../../core/expressions/derived.ts'
import { isPersonal } from '../../../core/attributes/holders.ts'
import { parseAttribute } from '../../../core/config/references.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'

/** Somebody or a pair that may have derived values, with the ids of all that its expressions may read values of. */
export interface DerivedHolder {
  /** As table attribute_value has it. */
  readonly subject: number
  readonly object: number
  readonly person: number
  readonly vo?: number
  readonly group?: number
  readonly resource?: number
  readonly facility?: number
}

/** A value in force. */
export interface StoredValue {
  readonly attribute: string
  readonly subject: number
  readonly object: number
  /** Whom it is about; of a thing the thing itself. */
  readonly person: number
  readonly value: JsonValue
  readonly origin: string
}

/** What derived values follow from. */
export interface DerivedInputs {
  /** Whom and what there is, by the name of the holder. */
  readonly holders: ReadonlyMap<string, readonly DerivedHolder[]>
  /** Values of the attributes that are read, and of those that are derived. */
  readonly stored: readonly StoredValue[]
}

/** Reads what the derived values of these persons follow from; null for everybody. */
export async function readInputs(
  tx: Tx,
  { order, names }: DerivedDefinitions,
  persons: readonly number[] | null,
): Promise<DerivedInputs> {
  // Whoever changes another value of the same people is waited for, and what they wrote is read.
  const { rows: people } = await tx.query<{ id: number }>(
    `select p.id from person p where ($1::integer[] is null or p.id = any($1)) and p.identities <> '{}'
     order by p.id for no key update`,
    [persons],
  )
  const holders = new Map<string, readonly DerivedHolder[]>()
  holders.set(
    'user',
    people.map(({ id }) => ({ subject: id, object: 0, person: id })),
  )
  for (const holder of new Set(order.map((definition) => definition.holder))) {
    const select = holdersOf[holder]
    if (select !== undefined) holders.set(holder, (await tx.query<DerivedHolder>(select, [persons])).rows)
  }
  const read = [...new Set([...names, ...order.flatMap(({ expression }) => expression.reads)])]
  const byHolder = groupBy(read, (name) => parseAttribute(name).holder)
  const stored: StoredValue[] = []
  for (const [holder, attributes] of byHolder)
    stored.push(...(await readValues(tx, { holder, attributes, persons, holders })))
  return { holders, stored }
}

/** Whose value of an attribute an expression reads, by the attribute's holder. */
export const whose: Readonly<Record<string, (one: DerivedHolder) => readonly [subject: number, object: number]>> = {
  user: ({ person }) => [person, 0],
  member: ({ person, vo = 0 }) => [person, vo],
  identity: ({ subject }) => [subject, 0],
  'user-facility': ({ person, facility = 0 }) => [person, facility],
  'member-resource': ({ person, resource = 0 }) => [person, resource],
  'member-group': ({ person, group = 0 }) => [person, group],
  vo: ({ vo = 0 }) => [vo, 0],
  group: ({ group = 0 }) => [group, 0],
  resource: ({ resource = 0 }) => [resource, 0],
  facility: ({ facility = 0 }) => [facility, 0],
}

/** Who and what has values, of the persons $1 or of everybody: a pair is there as long as something leads the one to the other. */
const holdersOf: Readonly<Record<string, string>> = {
  member: `select person_id as subject, vo_id as object, person_id as person, vo_id as vo from member
    where $1::integer[] is null or person_id = any($1)`,
  identity: `select id as subject, 0 as object, person_id as person from identity
    where $1::integer[] is null or person_id = any($1)`,
  'user-facility': `select distinct w.person_id as subject, r.facility_id as object, w.person_id as person, r.facility_id as facility
    from reach w join resource r on r.id = w.resource_id where $1::integer[] is null or w.person_id = any($1)`,
  'member-resource': `select distinct w.person_id as subject, r.id as object, w.person_id as person, r.id as resource,
      r.vo_id as vo, r.facility_id as facility
    from reach w join resource r on r.id = w.resource_id where $1::integer[] is null or w.person_id = any($1)`,
  'member-group': `select w.person_id as subject, g.id as object, w.person_id as person, g.id as "group", g.vo_id as vo
    from (
      select m.person_id, c.above as group_id from membership m join closure c on c.below = m.group_id
      union
      select mb.person_id, g.id
      from member mb join groups g on g.vo_id = mb.vo_id and g.is_members
      join closure c on (c.above, c.below) = (g.id, g.id)
    ) w join groups g on g.id = w.group_id where $1::integer[] is null or w.person_id = any($1)`,
}

interface ValuesRead extends Pick<DerivedInputs, 'holders'> {
  readonly holder: string
  readonly attributes: readonly string[]
  readonly persons: readonly number[] | null
}

async function readValues(tx: Tx, { holder, attributes, persons, holders }: ValuesRead): Promise<StoredValue[]> {
  const person = holder === 'identity' ? 'i.person_id' : 'v.subject'
  const things = (): readonly number[] => [
    ...new Set([...holders.values()].flatMap((all) => all.flatMap((one) => whose[holder]?.(one)[0] ?? []))),
  ]
  const { rows } = await tx.query<StoredValue>(
    `select v.attribute, v.subject, v.object, ${person} as person, v.value, v.origin
     from attribute_value v ${holder === 'identity' ? 'join identity i on i.id = v.subject' : ''}
     where v.attribute = any($1) and ($2::integer[] is null or ${person} = any($2))`,
    [attributes, isPersonal(holder) ? persons : things()],
  )
  return rows
}
