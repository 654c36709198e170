import type { PlacedValue, State } from '../core/model/state.ts'
import type { Db } from './pool.ts'

/**
 * Reads what people have on these resources, as `vo/name`, that must be unique on the facility: these values, wherever somebody has
 * or had the same. Nothing where no such attribute is declared; of derived ones the first to come has each.
 */
export async function loadPlacedValues(db: Db, resources: readonly string[]): Promise<Pick<State, 'placedValues'>> {
  if (resources.length === 0) return {}
  const { rows } = await db.query<{ [K in keyof Required<PlacedValue>]: Required<PlacedValue>[K] | null }>(
    `with placed as materialized (
       select v.attribute, v.subject, vo.name || '/' || r.name as resource, v.value, as_claimed(v.value) as claimed
       from attribute_value v
       join resource r on r.id = v.object
       join vo on vo.id = r.vo_id
       where v.attribute in (
         select attribute from unique_attribute where attribute like 'member-resource.%' and per = 'facility' and not is_derived)
     ), coming as materialized (
       select distinct attribute, claimed from placed where resource = any($1)
     )
     select p.attribute, p.subject as "user", p.resource, p.value, null as "spentOn"
     from placed p join coming using (attribute, claimed)
     union all
     select u.attribute, u.subject, coalesce(vo.name || '/' || r.name, ''), u.value, f.name
     from attribute_unique u join coming c on (c.attribute, c.claimed) = (u.attribute, u.value)
     join facility f on f.id = u.within
     left join resource r on r.id = u.object left join vo on vo.id = r.vo_id
     where u.lasting
     union all
     select c.attribute, t.person_id, null, c.claimed, f.name
     from coming c join retired_value t on (t.attribute, t.hash) = (c.attribute, value_hash(c.claimed))
     join facility f on f.id = t.within
     order by 1, 3, 2, 5`,
    [resources],
  )
  const placedValues = rows.flatMap(({ attribute, user, value, resource, spentOn }): PlacedValue[] =>
    attribute === null || user === null || value === null
      ? []
      : [
          {
            attribute,
            user,
            value,
            ...(resource === null ? {} : { resource }),
            ...(spentOn === null ? {} : { spentOn }),
          },
        ],
  )
  return { placedValues }
}
