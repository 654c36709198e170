import type { InvitationEvent } from '../../../core/notifications/events.ts'
import type { Tx } from '../../pool.ts'
import { draftSelected } from '../mail-drafts.ts'

const event: InvitationEvent = 'invitation.digest'
/** So many invitations are named in one mail; the others are counted. */
const namedAtMost = 50

/** Of an invitation i: whether whoever invited is still to be told what became of it. */
export const endsUntold = 'ends_untold(i.state, i.person_id, i.told_at, i.changed_at)'

/** Drafts one mail to each of those whose invitations ended, in the caller's transaction; of each end once. */
export async function writeInvitationDigests(tx: Tx, now: Date): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `update invitation i set told_at = $1 where ${endsUntold} returning id`,
    [now],
  )
  if (rows.length === 0) return 0
  return draftSelected(tx, {
    select: `select 'invitation-digest/' || person_id || '/' || day as key, $1 as event, null::integer as vo, person_id as person,
        null::integer as application, null::text as recipient, null::text as language, jsonb_build_object(
          'count', count(*), 'accepted', count(*) filter (where state = 'accepted'),
          'declined', count(*) filter (where state = 'declined'), 'expired', count(*) filter (where state in ('expired', 'target-gone')),
          'more', greatest(0, count(*) - ${namedAtMost}),
          'invitations', jsonb_agg(${one} order by changed_at, id) filter (where place <= ${namedAtMost})) as tags
      from (
        select i.*, coalesce(vo.name, i.vo) || coalesce('/' || coalesce(g.name, i.group_name), '') as name_of_target,
          coalesce(g.title, g.name, i.group_name, vo.title, vo.name, i.vo) as title,
          day_of(i.changed_at, coalesce(zone_of(vo.id), zone_of_instance())) as ended_on, (select digest_day($3)) as day,
          row_number() over (partition by i.person_id order by i.changed_at, i.id) as place
        from invitation i left join vo on vo.id = i.vo_id left join groups g on g.id = i.group_id
        where i.id = any($2) and not exists (select from ban b where (b.vo_id, b.person_id) = (i.vo_id, i.person_id))
      ) ended
      where value_of_person('user.email', person_id) is not null group by person_id, day`,
    parameters: [event, rows.map(({ id }) => id), now],
    at: now,
  })
}

const one = `jsonb_build_object('id', id, 'for', name_of_target, 'title', title, 'address', coalesce(address, ''),
  'name', coalesce(name, ''), 'state', state, 'on', ended_on::text, 'reason', reason)`
