import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { ApplicationTarget } from './read-target.ts'

interface Asked {
  readonly target: Pick<ApplicationTarget, 'form' | 'set'>
  readonly identity: IdentityRef
}

/** Reads what is offered to somebody as answers, by item: the values of theirs that the form names. */
export async function readOffered(tx: Tx, { target: { form, set }, identity }: Asked): Promise<JsonObject> {
  const prefilled = form.items.flatMap(({ name, prefill }) => (prefill === undefined ? [] : [{ name, prefill }]))
  if (prefilled.length === 0) return {}
  const { rows } = await tx.query<{ name: string; value: JsonValue }>(
    `select a.name, coalesce(v.value, d.spec->'default') as value
     from unnest($1::text[]) as a(name)
     cross join identity i
     left join attribute_definition d on d.name = a.name
     left join attribute_value v on v.attribute = a.name
       and v.subject = case split_part(a.name, '.', 1) when 'identity' then i.id else i.person_id end
       and v.object = case split_part(a.name, '.', 1) when 'member' then $3::integer else 0 end
     where i.ref = $2 and coalesce(v.value, d.spec->'default') is not null`,
    [prefilled.map(({ prefill }) => prefill), identity, set.voId],
  )
  const values = new Map(rows.map(({ name, value }) => [name, value]))
  return Object.fromEntries(
    prefilled.flatMap(({ name, prefill }) => {
      const value = values.get(prefill)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}
