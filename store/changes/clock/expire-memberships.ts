import { isHolding } from '../../is-holding.ts'
import type { Tx } from '../../pool.ts'
import { letGo } from '../sync/let-go.ts'
import { recordStatuses, type StatusRow } from '../statuses.ts'
import { recordSelected, type Trail } from '../trail.ts'
import { endMembershipsBy, type EndedRow } from './end-rows.ts'
import type { ClockTurn } from './turn.ts'
import { statusesIntoPast } from '../past.ts'

/** Ends the rows whose date has come, and the members whom no other row holds. */
export async function expireMemberships(tx: Tx, turn: ClockTurn): Promise<void> {
  const { trail, vo, moment } = turn
  const ended = await endMembershipsBy(tx, turn)
  await recordEnded(tx, trail, ended)
  await letGo(tx, trail, { vo, persons: ofAuthority(ended), at: moment })
  await expireMembers(tx, turn)
}

/** Who was in a group by a source that has authority over the VO. */
function ofAuthority(ended: readonly EndedRow[]): number[] {
  return [...new Set(ended.filter(({ is_of_authority }) => is_of_authority).map(({ person }) => person))]
}

/** Whom only rows hold that are over becomes EXPIRED. */
async function expireMembers(tx: Tx, { vo, moment, persons, trail }: ClockTurn): Promise<void> {
  const { rows } = await tx.query<StatusRow>(
    `with standing as (
       select m.person_id, bool_or(m.status = 'VALID') as is_held
       from membership m
       where m.vo_id = $1 and m.person_id = any($2) and ${isHolding}
       group by 1
     ), old as materialized (
       select mb.* from member mb join standing s using (person_id)
       where mb.vo_id = $1 and not s.is_held and mb.status in ('VALID', 'INVALID')
     ), past as (${statusesIntoPast('$3')})
     update member mb set status = 'EXPIRED', ended_by = 'clock', reason = null, since = greatest(old.since, $3)
     from old where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning mb.vo_id, mb.person_id, old.status as before, mb.status`,
    [vo, persons, moment],
  )
  await recordStatuses(tx, trail, rows)
}

async function recordEnded(tx: Tx, trail: Trail, ended: readonly EndedRow[]): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select 'expire' as action, case when g.id is null then 'Member' else 'GroupMember' end as kind, vo.name as vo,
        coalesce(g.name, vo.name) as name,
        jsonb_build_object('user', p.identities[1], 'expires', x.expires) as personal
      from unnest($5::integer[], $6::integer[], $7::integer[], $8::text[]) as x(vo, "group", person, expires)
      join vo on vo.id = x.vo join person p on p.id = x.person left join groups g on g.id = x."group"
      order by p.identities[1], 4`,
    parameters: [
      ended.map(({ vo }) => vo),
      ended.map(({ group }) => group),
      ended.map(({ person }) => person),
      ended.map(({ expires }) => expires),
    ],
  })
}
