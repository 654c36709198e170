import type { Tx } from '../../pool.ts'
import { recordSelected } from '../trail.ts'
import type { ClockTurn } from './turn.ts'
import { rowsIntoPast } from '../past.ts'

/** Takes people out of groups in which they have been EXPIRED for as long as the rules of the group say. */
export async function removeRows(tx: Tx, { vo, day, moment, persons, trail }: ClockTurn): Promise<void> {
  const { rows } = await tx.query(
    `with due as (
       select m.ctid from vo
       join groups g on g.vo_id = vo.id and g.spec->'expiration' ? 'removeAfter'
       join membership m on m.group_id = g.id
       where vo.id = $1 and m.person_id = any($2) and m.status = 'EXPIRED'
         and m.origin in ('application', 'manager', 'sponsor') and not is_exempt(g.spec->'expiration', m.person_id)
         and (day_of(coalesce(m.status_since, m.since), zone_of(vo.id)) + (g.spec->'expiration'->>'removeAfter')::interval)::date = $3
     ), old as (
       delete from membership m using due where m.ctid = due.ctid returning m.*
     ), past as (${rowsIntoPast('$4')})
     select vo_id as vo, group_id as "group", person_id as person from old`,
    [vo, persons, day, moment],
  )
  await recordSelected(tx, trail, {
    select: `select 'remove' as action, 'GroupMember' as kind, vo.name as vo, g.name as name,
        jsonb_build_object('user', p.identities[1]) as personal
      from json_to_recordset($5::json) as x(vo integer, "group" integer, person integer)
      join vo on vo.id = x.vo join groups g on g.id = x."group" join person p on p.id = x.person
      order by g.name, p.identities[1]`,
    parameters: [JSON.stringify(rows)],
  })
}
