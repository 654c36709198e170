import { isHolder } from '../../../core/attributes/holders.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { compareText } from '../../../core/model/compare.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { ValueOn } from './change-values.ts'
import { keyOfValue } from './value-columns.ts'
import type { WrittenValue } from './write-values.ts'

/** Values as a hold keeps them. */
export interface HeldValues {
  readonly type: 'attribute'
  readonly act: 'set' | 'unset'
  readonly requests: readonly HeldRequest[]
}

interface HeldRequest {
  readonly person: number
  /** By the id of its document; by name where it is built in. */
  readonly attribute: number | string
  /** The holder as table attribute_value has it. */
  readonly holder: string
  readonly subject: number
  readonly object: number
  /** Absent where it is taken away. */
  readonly value?: JsonValue
  readonly isOneself?: true
  /** Where it is not that of the hold. */
  readonly reason?: string
}

/** A value of a person, and whether it is they who give it. */
interface AllowedValue extends WrittenValue {
  readonly person: number
  readonly isOneself: boolean
  readonly reason: string | undefined
}

/** Writes down values so that they can be written later. */
export async function heldValues(tx: Tx, values: readonly AllowedValue[]): Promise<HeldValues> {
  const { rows } = await tx.query<{ id: number; name: string }>(
    'select id, name from attribute_definition where name = any($1)',
    [values.map(({ attribute }) => attribute)],
  )
  const ids = new Map(rows.map(({ id, name }) => [name, id]))
  const requests = [...values]
    .sort((a, b) => compareText(keyOfValue(a), keyOfValue(b)))
    .map(({ person, attribute, subject, object, value, isOneself, reason }) => ({
      ...{ person, attribute: ids.get(attribute) ?? attribute, holder: holderOf(attribute), subject, object },
      ...(value === undefined ? {} : { value }),
      ...(isOneself ? { isOneself } : {}),
      ...(reason === undefined ? {} : { reason }),
    }))
  return { type: 'attribute', act: values.every(({ value }) => value === undefined) ? 'unset' : 'set', requests }
}

function holderOf(attribute: string): string {
  return attribute.slice(0, attribute.indexOf('.'))
}

interface ReadRow {
  readonly attribute: string
  readonly holder: string
  readonly names: readonly string[]
  readonly user: IdentityRef
  readonly value: JsonValue | null
  readonly self: boolean | null
  readonly reason: string | null
}

/** Reads values back by the names of today; those of attributes, people and things that are gone are in it no more. */
export async function readHeldValues(
  tx: Tx,
  { requests }: HeldValues,
): Promise<{ readonly requests: readonly ValueOn[] }> {
  const { rows } = await tx.query<ReadRow>(
    `select coalesce(d.name, x.attribute #>> '{}') as attribute, x.holder, x.value, x."isOneself" as self, x.reason,
       array_remove(array[coalesce(vo.name, f.name, rvo.name, gvo.name), coalesce(r.name, g.name)], null) as names,
       coalesce(i.ref, p.identities[1]) as "user"
     from jsonb_to_recordset($1::jsonb)
       as x(person integer, attribute jsonb, holder text, subject integer, object integer, value jsonb, "isOneself" boolean,
         reason text)
     join person p on p.id = x.person and p.identities <> '{}'
     left join attribute_definition d on to_jsonb(d.id) = x.attribute
     left join identity i on x.holder = 'identity' and i.id = x.subject
     left join vo on x.holder = 'member' and vo.id = x.object
     left join facility f on x.holder = 'user-facility' and f.id = x.object
     left join resource r on x.holder = 'member-resource' and r.id = x.object
     left join vo rvo on rvo.id = r.vo_id
     left join groups g on x.holder = 'member-group' and g.id = x.object
     left join vo gvo on gvo.id = g.vo_id
     where (d.id is not null or jsonb_typeof(x.attribute) = 'string')
       and case x.holder when 'user' then true else num_nonnulls(i.id, vo.id, f.id, r.id, g.id) = 1 end
     order by 1, "user", x.object`,
    [JSON.stringify(requests)],
  )
  return { requests: rows.flatMap(requestOf) }
}

function requestOf({ attribute: name, holder, names, user, value, self, reason }: ReadRow): ValueOn[] {
  if (!isHolder(holder)) return []
  return [
    {
      ...{ holder: { holder, names, user }, name },
      ...(value === null ? {} : { value }),
      ...(self === true ? { isOneself: true } : {}),
      ...(reason === null ? {} : { reason }),
    },
  ]
}
