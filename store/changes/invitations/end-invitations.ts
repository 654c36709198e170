import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { wakeMail } from '../mail-drafts.ts'
import { beginTrail, recordSelected, type Trail } from '../trail.ts'
import { vosOfInvitations } from './found-invitation.ts'
import { wakeInvitations } from './wake-invitations.ts'

const lost = `(i.vo_id is null or (i.group_name is not null and i.group_id is null))`

/** Ends, in one statement, those of which `which` is true; returns their numbers. */
async function end(
  tx: Tx,
  trail: Trail,
  {
    state,
    which,
    parameters,
  }: { readonly state: 'expired' | 'target-gone'; readonly which: string; readonly parameters: readonly unknown[] },
): Promise<number[]> {
  const rows = await recordSelected<{ id: number }>(tx, trail, {
    steps: `ended as (
       update invitation i set state = $5::invitation_state, changed_at = $2, ended_by = $3, key_hash = null
       where i.state = 'open' and ${which}
       returning i.id, i.address, i.vo_id, i.group_id, i.vo, i.group_name
     ),`,
    select: `select $5::text as action, 'Invitation' as kind, coalesce(vo.name, e.vo) as vo,
        coalesce(vo.name, e.vo) || coalesce('/' || coalesce(g.name, e.group_name), '') as name,
        jsonb_build_object('invitation', e.id, 'address', e.address) as personal
      from ended e left join vo on vo.id = e.vo_id left join groups g on g.id = e.group_id`,
    parameters: [state, ...parameters],
    result: 'select id from ended',
  })
  if (rows.length > 0) await wakeMail(tx)
  return rows.map(({ id }) => id)
}

/** Ends an invitation whose day has come, in the caller's transaction; false where it has ended, or ends later. */
export async function endInvitation(
  tx: Tx,
  { id, now }: { readonly id: number; readonly now: Date },
): Promise<boolean> {
  await lockVos(tx, await vosOfInvitations(tx, [id]), { mode: 'shared' })
  const trail = await beginTrail(tx, { actor: 'clock' }, now)
  const which = 'i.id = $6 and start_of(i.until, zone_of(i.vo_id)) <= $2'
  const ended = await end(tx, trail, { state: 'expired', which, parameters: [id] })
  return ended.length > 0
}

/** Ends all invitations of a VO that the clock ends and whose day has come. */
export async function endInvitationsOn(
  tx: Tx,
  trail: Trail,
  { vo, day }: { readonly vo: number; readonly day: string },
): Promise<void> {
  const which = 'i.vo_id = $6 and i.is_ended_by_clock and i.until <= $7::date'
  await end(tx, trail, { state: 'expired', which, parameters: [vo, day] })
}

/** Ends invitations to what a commit has deleted. */
export async function endInvitationsToWhatIsGone(tx: Tx, trail: Trail): Promise<void> {
  const ended = await end(tx, trail, { state: 'target-gone', which: lost, parameters: [] })
  if (ended.length > 0) await wakeInvitations(tx, ended)
}
