import { endOfCountdown } from '../../../core/lifecycle/acts/sponsoring.ts'
import type { Tx } from '../../pool.ts'
import { settleDates } from '../member-dates.ts'
import { noteCountdowns } from '../sponsors/note-countdowns.ts'
import { recordSelected } from '../trail.ts'
import type { ClockTurn } from './turn.ts'
import { rowsIntoPast } from '../past.ts'

/**
 * Lets guests count down whose sponsor is gone, and gives those the date back whose sponsor is there again. It begins when it
 * is seen: where nobody looked for weeks, guests still have all their days to find another sponsor.
 */
export async function followSponsors(tx: Tx, { vo, persons, trail }: ClockTurn): Promise<void> {
  const { rows } = await tx.query<{ person: number }>(
    `with due as materialized (
       select s.person_id, s.sponsor_id::text as sponsor, s.stands from sponsorships_to_change($1) s
       where s.person_id = any($2)
     ), old as materialized (
       select m.*, due.stands from membership m join due on (m.person_id, m.origin_name) = (due.person_id, due.sponsor)
       where m.vo_id = $1 and m.group_id is null and m.origin = 'sponsor'
     ), past as (${rowsIntoPast('$3')})
     update membership m
     set leaving = case when old.stands then null else 'gone' end,
       expires = case when old.stands then old.date_before else least(old.expires, $4::date) end,
       date_before = case when old.stands then null else old.expires end,
       status_since = greatest(coalesce(m.status_since, m.since), $3)
     from old
     where m.vo_id = $1 and m.group_id is null and m.origin = 'sponsor'
       and (m.person_id, m.origin_name) = (old.person_id, old.origin_name)
     returning m.person_id as person`,
    [vo, persons, trail.at, endOfCountdown(await todayIn(tx, vo, trail.at))],
  )
  await settleDates(
    tx,
    rows.map(({ person }) => ({ vo, group: undefined, person })),
    trail.at,
  )
  await noteCountdowns(tx, { vo, guests: rows.map(({ person }) => person), at: trail.at })
  await recordSelected(tx, trail, {
    select: `select case when s.leaving is null then 'restore' else 'countdown' end as action, 'Sponsorship' as kind,
        vo.name as vo, vo.name as name,
        jsonb_build_object('user', p.identities[1], 'sponsor', by.identities[1], 'expires', s.expires) as personal
      from sponsorship s
      join vo on vo.id = s.vo_id join person p on p.id = s.person_id join person by on by.id = s.sponsor_id
      where s.vo_id = $5 and s.person_id = any($6) and s.since = $7
      order by p.identities[1], by.identities[1]`,
    parameters: [vo, rows.map(({ person }) => person), trail.at],
  })
}

async function todayIn(tx: Tx, vo: number, now: Date): Promise<string> {
  const { rows } = await tx.query<{ today: string }>('select day_of($2, zone_of($1))::text as today', [vo, now])
  return rows[0]?.today ?? ''
}
