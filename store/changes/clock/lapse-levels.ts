import type { Tx } from '../../pool.ts'
import { levelsIntoPast } from '../past.ts'
import { recordSelected } from '../trail.ts'
import { settleAgain } from './settle-again.ts'
import type { ClockTurn } from './turn.ts'

/** Makes members INVALID who have no level left that the VO accepts, and VALID whom one lets in that counts now; notes the levels that are left, for offers. */
export async function lapseLevels(tx: Tx, turn: ClockTurn): Promise<void> {
  await settleAgain(tx, turn)
  const { vo, day, moment, persons, trail } = turn
  const { rows } = await tx.query(
    `with old as materialized (
       select mb.*, known.levels as next, known.until
       from member mb
       cross join lateral levels_known(mb.person_id, $3::date, zone_of($1)) known
       where mb.vo_id = $1 and mb.person_id = any($2) and mb.levels_until <= $3
     ), past as (${levelsIntoPast('$4', '(select * from old where levels is distinct from next) old')})
     update member mb set levels = old.next, levels_until = old.until,
       levels_since = case when mb.levels is distinct from old.next then $4 else mb.levels_since end
     from old where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning mb.vo_id as vo, mb.person_id as person, old.levels as before, mb.levels as after`,
    [vo, persons, day, moment],
  )
  await recordSelected(tx, trail, {
    select: `select 'lapse' as action, 'Member' as kind, vo.name as vo, vo.name as name,
        jsonb_build_object('user', p.identities[1], 'before', x.before, 'after', x.after) as personal
      from json_to_recordset($5::json) as x(vo integer, person integer, before smallint[], after smallint[])
      join vo on vo.id = x.vo join person p on p.id = x.person
      where x.before <> x.after
      order by p.identities[1]`,
    parameters: [JSON.stringify(rows)],
  })
}
