import type { MembershipChange } from '../../../core/model/plan.ts'
import type { Tx } from '../../pool.ts'
import type { TouchedRow } from '../rows.ts'
import { claimUnique } from './unique-values.ts'

/**
 * Brings the values that rows of git give their members to what the changes say, and returns these rows; the values of rows
 * that go went with them.
 */
export async function writeRowValues(tx: Tx, rows: readonly MembershipChange[]): Promise<TouchedRow[]> {
  const revalued = rows.flatMap(({ kind, vo, name, user, attributes }) =>
    attributes === undefined ? [] : [{ kind, vo, name, user, attributes: attributes.after }],
  )
  if (revalued.length === 0) return []
  const { rows: written } = await tx.query<{ vo_id: number; group_id: number | null; person_id: number }>(
    `with named as materialized (
       select vo.id as vo_id, g.id as group_id, i.person_id, x.attributes,
         case x.kind when 'Member' then 'member.' else 'member-group.' end as prefix
       from jsonb_to_recordset($1::jsonb) as x(kind text, vo text, name text, "user" text, attributes jsonb)
       join vo on vo.name = x.vo
       left join groups g on x.kind = 'GroupMember' and g.vo_id = vo.id and g.name = x.name
       join identity i on i.ref = x."user"
     ), noted as (
       update membership m set attributes = nullif(named.attributes, '{}')
       from named
       where (m.vo_id, m.person_id) = (named.vo_id, named.person_id) and m.group_id is not distinct from named.group_id
         and m.origin = 'config'
     ), wanted as materialized (
       select prefix || n.key as attribute, person_id as subject, coalesce(group_id, vo_id) as object, n.value
       from named, jsonb_each(named.attributes) as n
     ), gone as (
       delete from attribute_value v using named
       where v.origin = 'config' and starts_with(v.attribute, named.prefix)
         and (v.subject, v.object) = (named.person_id, coalesce(named.group_id, named.vo_id))
         and not exists (select from wanted w where (w.attribute, w.subject, w.object) = (v.attribute, v.subject, v.object))
     ), given as (
       insert into attribute_value (attribute, subject, object, value, origin)
       select attribute, subject, object, value, 'config' from wanted order by 1, 2, 3
       on conflict (attribute, subject, object) do update set value = excluded.value, origin = 'config'
     )
     select vo_id, group_id, person_id from named`,
    [JSON.stringify(revalued)],
  )
  await claimUnique(tx, {
    which: `v.attribute ~ '^member(-group)?[.]' and (v.subject, v.object) in (select * from unnest($1::integer[], $2::integer[]))`,
    parameters: [written.map(({ person_id }) => person_id), written.map(({ vo_id, group_id }) => group_id ?? vo_id)],
  })
  return written.map(({ vo_id, group_id, person_id }) => ({
    vo: vo_id,
    group: group_id ?? undefined,
    person: person_id,
  }))
}
