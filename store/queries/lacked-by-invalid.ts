import type { IdentityRef } from '../../core/model/state.ts'
import { hasValue, ofWay } from '../changes/settle-members.ts'
import type { Db } from '../pool.ts'

/** Tells in few words what members of a VO lack who are INVALID, by their first identities. */
export async function lackedByInvalid(
  db: Db,
  vo: number,
  askedAt: Date,
): Promise<ReadonlyMap<IdentityRef, readonly string[]>> {
  const { rows } = await db.query<{ user: IdentityRef; lacked: string[] }>(
    `with waiting as materialized (
       select mb.person_id, mb.accept_by, p.identities[1] as "user"
       from member mb join person p on p.id = mb.person_id where mb.vo_id = $1 and mb.status = 'INVALID'
     ), here as materialized (
       select vo, vo.spec, day_of($2, zone_of(vo.id)) as today from vo where id = $1
     ), lacked as (
       select w."user", 1 as place, 'LoA ' || array_to_string(array(select jsonb_array_elements_text(here.spec->'requires'->'loa')), ' or ') as what
       from waiting w cross join here where here.spec->'requires' ? 'loa' and lacks_level(here.vo, w.person_id, here.today)
       union
       select w."user", 2, 'terms ' || (here.spec->'terms'->>'version') from waiting w cross join here where w.accept_by <= here.today
       union
       select w."user", 3, q.attribute from waiting w join vo_requirement q on q.vo_id = $1
       where not ${hasValue(`when 'member' then $1`, 'w.person_id')}
       union
       select w."user", 3, q.attribute
       from waiting w
       join reach on reach.person_id = w.person_id and reach.vo_id = $1 and reach.status = 'VALID'
       join service_requirement q on q.resource_id = reach.resource_id
       where not ${hasValue(ofWay, 'w.person_id')}
     )
     select "user", array_agg(what order by place, what) as lacked from lacked group by 1`,
    [vo, askedAt],
  )
  return new Map(rows.map(({ user, lacked }) => [user, lacked]))
}
