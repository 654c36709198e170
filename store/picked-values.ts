import type { PickedValue, State } from '../core/model/state.ts'
import type { Db } from './pool.ts'

/** What a value v of a person belongs to beside the person, and how it is called. */
export const placeOfValue = `
     left join vo on v.attribute like 'member.%' and vo.id = v.object
     left join facility f on v.attribute like 'user-facility.%' and f.id = v.object
     left join (select r.id, v.name || '/' || r.name as name from resource r join vo v on v.id = r.vo_id) r
       on v.attribute like 'member-resource.%' and r.id = v.object
     left join (select g.id, v.name || '/' || g.name as name from groups g join vo v on v.id = g.vo_id) g
       on v.attribute like 'member-group.%' and g.id = v.object`
export const nameOfPlace = 'coalesce(vo.name, f.name, r.name, g.name)'

/** Reads what people chose of these attributes, also what was put aside; nothing where none are asked for. Values of git are no choice of theirs. */
export async function loadPicks(db: Db, attributes: readonly string[]): Promise<Pick<State, 'picks'>> {
  if (attributes.length === 0) return {}
  const { rows } = await db.query<PickedValue>(
    `select v.attribute, v.subject as "user", ${nameOfPlace} as of, v.value, v."isAside"
     from (
       select attribute, subject, object, value, false as "isAside" from attribute_value
       where attribute = any($1) and origin <> 'config'
       union all
       select attribute, subject, object, value, true from attribute_outside where attribute = any($1)
     ) v ${placeOfValue}
     where ${nameOfPlace} is not null
     order by 1, 3, 2`,
    [attributes],
  )
  return { picks: rows }
}
