import { plus } from '../../../core/lifecycle/calendar.ts'
import { judgeRequest } from '../../../core/invitations/judge-request.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { missingRight } from '../memberships/rights.ts'
import { beginTrail, type Cause, type Trail } from '../trail.ts'
import { findInvitations, tellInvitation, vosOfInvitations, type FoundInvitation } from './found-invitation.ts'
import { sendInvitations } from './tell-by-mail.ts'
import { wakeInvitations } from './wake-invitations.ts'

/** Which invitations to take back or to send again. */
export interface ChangeInvitationsInput {
  readonly act: 'resend' | 'revoke'
  readonly ids: readonly number[]
  readonly reason: string
  /** Of `resend`: the first day on which they count no more. Without it they count at least a month more. */
  readonly until?: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** Why nothing was done with an invitation; stable words. */
type ChangeRefusal = 'already-invited' | 'date-invalid' | 'ended' | 'invitation-unknown' | 'not-allowed' | 'target-gone'

/** What came of it. */
export type ChangeInvitationAnswer =
  | { readonly invitation: number; readonly state: 'open' | 'revoked'; readonly until: string }
  | { readonly invitation: number; readonly refused: { readonly reason: ChangeRefusal; readonly message: string } }

/**
 * Takes invitations back, or sends them again, in the caller's transaction; the key of before counts no more. Those that have expired
 * may be sent again, too. Throws VO_BUSY, IDENTITY_UNKNOWN.
 */
export async function changeInvitations(tx: Tx, input: ChangeInvitationsInput): Promise<ChangeInvitationAnswer[]> {
  const { ids, cause, now } = input
  await lockVos(tx, await vosOfInvitations(tx, ids), { mode: 'shared' })
  const found = await findInvitations(tx, { ids, now })
  const trail = await beginTrail(tx, cause, now)
  const answers: ChangeInvitationAnswer[] = []
  for (const id of ids) answers.push(await change(tx, trail, { input, id, invitation: found.get(id) }))
  await wakeInvitations(tx, ids)
  return answers
}

interface Changing {
  readonly input: ChangeInvitationsInput
  readonly id: number
  readonly invitation: FoundInvitation | undefined
}

async function change(tx: Tx, trail: Trail, { input, id, invitation }: Changing): Promise<ChangeInvitationAnswer> {
  if (invitation === undefined)
    return refused(id, 'invitation-unknown', 'there is none of this number; `guildhall invitation list` shows them')
  const missing = await notAllowed(tx, input, invitation)
  if (missing !== undefined) return refused(id, 'not-allowed', missing)
  return input.act === 'revoke' ? revoke(tx, trail, { input, invitation }) : resend(tx, trail, { input, invitation })
}

async function notAllowed(
  tx: Tx,
  { actor }: ChangeInvitationsInput,
  { vo, group }: FoundInvitation,
): Promise<string | undefined> {
  if (actor === undefined) return undefined
  const place = group === undefined ? ({ kind: 'vo', vo } as const) : ({ kind: 'group', vo, name: group } as const)
  const missing = await missingRight(tx, { actor, place, users: [], right: 'memberships', isForOneself: false })
  return missing?.message
}

interface Known {
  readonly input: ChangeInvitationsInput
  readonly invitation: FoundInvitation
}

async function revoke(tx: Tx, trail: Trail, { input, invitation }: Known): Promise<ChangeInvitationAnswer> {
  const { id, state, until } = invitation
  if (state !== 'open') return refused(id, 'ended', `it is ${state} already`)
  await tx.query(
    `update invitation set state = 'revoked', changed_at = $2, ended_by = $3, reason = $4, key_hash = null where id = $1`,
    [id, input.now, input.cause.actor, input.reason],
  )
  await tellInvitation(tx, trail, { invitation, action: 'revoke', reason: input.reason })
  return { invitation: id, state: 'revoked', until }
}

async function resend(tx: Tx, trail: Trail, { input, invitation }: Known): Promise<ChangeInvitationAnswer> {
  const { id, state, address, today, isTargetGone } = invitation
  if (address === undefined || (state !== 'open' && state !== 'expired'))
    return refused(id, 'ended', `it is ${state}; invite the person anew`)
  if (isTargetGone || today === undefined) return refused(id, 'target-gone', 'what it is to is there no more')
  const day = input.until ?? later(invitation.until, plus(today, { months: 1, days: 0 }))
  const verdict = judgeRequest({ address, until: day }, today)
  if (!verdict.allowed) return refused(id, 'date-invalid', verdict.message)
  const other = state === 'open' ? undefined : await openFor(tx, id)
  if (other !== undefined)
    return refused(id, 'already-invited', `invitation ${other} of the same address is open; send that one again`)
  const { until } = verdict
  await tx.query(
    `with wanted as (
       update invitation set state = 'open', changed_at = $2, ended_by = null, until = $3, key_hash = null, sending = sending + 1
       where id = $1 returning id, is_ended_by_clock, vo_id
     )
     insert into clock_wake (vo) select vo.name from wanted join vo on vo.id = wanted.vo_id where is_ended_by_clock`,
    [id, input.now, until],
  )
  await sendInvitations(tx, { ids: [id], at: input.now })
  await tellInvitation(tx, trail, { invitation, action: 'resend', reason: input.reason, more: { until } })
  return { invitation: id, state: 'open', until }
}

function later(one: string, other: string): string {
  return one > other ? one : other
}

/** Another invitation of the same address to the same. */
async function openFor(tx: Tx, id: number): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `select o.id from invitation i join invitation o on o.state = 'open' and o.vo_id = i.vo_id
       and o.group_id is not distinct from i.group_id and lower(o.address) = lower(i.address)
     where i.id = $1 and o.id <> i.id`,
    [id],
  )
  return rows[0]?.id
}

function refused(invitation: number, reason: ChangeRefusal, message: string): ChangeInvitationAnswer {
  return { invitation, refused: { reason, message } }
}
