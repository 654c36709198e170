import type { DelegationEvent } from '../../../core/notifications/events.ts'
import type { Tx } from '../../pool.ts'
import { draftSelected } from '../mail-drafts.ts'
import type { Trail } from '../trail.ts'

/** Delegations that began, or ended before their time, by why each did. */
export interface ToldDelegations {
  readonly event: DelegationEvent
  readonly reasons: ReadonlyMap<number, string>
}

/** Drafts a mail to who stands in, and of an end to who was away too; nobody is told of what they did themselves. */
export async function tellOfDelegations(
  tx: Tx,
  { at, cause }: Trail,
  { event, reasons }: ToldDelegations,
): Promise<void> {
  const hasEnded = event === 'delegation.ended'
  await draftSelected(tx, {
    select: `select 'delegation/' || d.id || '/' || split_part($1, '.', 2) || '/' || me.id as key, $1 as event, vo.id as vo, me.id as person,
        null::integer as application, null::text as recipient, null::text as language,
        jsonb_build_object('delegation', jsonb_build_object(
          'id', d.id, 'delegator', name_of(d.delegator_id), 'delegate', name_of(d.delegate_id), 'isDelegate', me.id = d.delegate_id,
          'vo', coalesce(vo.title, vo.name, ''), 'application', coalesce(d.application_id::text, ''),
          'from', day_of(d.starts_at, here.zone)::text, 'lastDay', coalesce((d.until - 1)::text, ''), 'reason', d.reason,
          'endedBy', ${hasEnded ? 'coalesce(name_of((select person_id from identity where ref = $4)), $4)' : `''`},
          'why', ${hasEnded ? 'told.reason' : `''`})) as tags
      from unnest($2::integer[], $3::text[]) as told(id, reason)
      join ${hasEnded ? 'delegation_past' : 'delegation'} d on d.id = told.id
      left join application a on a.id = d.application_id
      left join vo on vo.id = coalesce(d.vo_id, a.vo_id)
      cross join lateral (
        select coalesce(zone_of(vo.id), zone_of_instance()) as zone) here
      cross join lateral unnest(${hasEnded ? 'array[d.delegate_id, d.delegator_id]' : 'array[d.delegate_id]'}) as me(id)
      where not exists (select from identity i where i.ref = $4 and i.person_id = me.id)`,
    parameters: [event, [...reasons.keys()], [...reasons.values()], cause.actor],
    at,
  })
}
