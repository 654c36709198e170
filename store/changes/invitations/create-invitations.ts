import { closedTo } from '../../../core/applications/provision.ts'
import { stepsOf } from '../../../core/applications/votes.ts'
import { GuildhallError } from '../../../core/errors.ts'
import { isEndedByClock, type InvitationRequest } from '../../../core/invitations/invitation.ts'
import { judgeRequest, type RequestFault } from '../../../core/invitations/judge-request.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { mayDecide, whoDecides } from '../applications/deciders.ts'
import { readTarget, type ApplicationTarget } from '../applications/read-target.ts'
import { requireRight } from '../memberships/rights.ts'
import { beginTrail, recordSelected, type Cause, type Trail } from '../trail.ts'
import { sendInvitations } from './tell-by-mail.ts'

/** Whom to invite to what. */
export interface InviteInput {
  readonly vo: string
  readonly group?: string
  readonly requests: readonly InvitationRequest[]
  /** Whether the invitation counts as the inviter's approval. */
  readonly isPreApproved: boolean
  /** Why, for whoever asks later. */
  readonly reason?: string
  /** Hash of the file that they come from: by one file an address is invited once, whatever became of it. */
  readonly batch?: string
  /** How many are invited together, where they come in several calls. */
  readonly together?: number
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** Why somebody was not invited; stable words. */
export type InviteRefusal = RequestFault | 'already-invited' | 'exclusive' | 'invited-before' | 'named-twice' | 'over'

/** What came of a request. */
export type InviteAnswer =
  | { readonly address: string; readonly invitation: number; readonly until: string }
  | { readonly address: string; readonly refused: { readonly reason: InviteRefusal; readonly message: string } }

/**
 * Invites people to apply for a VO or a group, in the caller's transaction; mail with the key goes out afterwards. An address
 * has one open invitation to each. Throws OBJECT_UNKNOWN, FORM_UNKNOWN, ACTOR_NOT_ELIGIBLE, VO_BUSY.
 */
export async function createInvitations(tx: Tx, input: InviteInput): Promise<InviteAnswer[]> {
  const { vo, group, requests, actor, cause, now } = input
  await lockVos(tx, [vo], { mode: 'shared' })
  const target = await readTarget(tx, { vo, group, kind: 'initial', now })
  if (actor !== undefined) await requireInviter(tx, input, { target, actor })
  const asked = judge(requests, target)
  const wanted = asked.flatMap((one) => ('until' in one ? [one] : []))
  const trail = await beginTrail(tx, cause, now)
  const made = await insert(tx, trail, { input, target, wanted })
  const missing = wanted.filter(({ address }) => !made.has(address.toLowerCase()))
  const known = await alreadyInvited(tx, { input, target, addresses: missing.map(({ address }) => address) })
  return asked.map((one) => {
    if ('refused' in one) return one
    const { address, until } = one
    const invitation = made.get(address.toLowerCase())
    return invitation === undefined ? invited(address, known) : { address, invitation, until }
  })
}

interface Inviting {
  readonly target: ApplicationTarget
  readonly actor: IdentityRef
}

async function requireInviter(
  tx: Tx,
  { vo, group, isPreApproved }: InviteInput,
  { target, actor }: Inviting,
): Promise<void> {
  const place = group === undefined ? ({ kind: 'vo', vo } as const) : ({ kind: 'group', vo, name: group } as const)
  await requireRight(tx, { actor, place, users: [], right: 'memberships', isForOneself: false })
  if (!isPreApproved) return
  const [step] = stepsOf(target.form)
  const { rows } = await tx.query<{ person: number }>('select person_id as person from identity where ref = $1', [
    actor,
  ])
  const person = rows[0]?.person ?? 0
  if (step === undefined || (await mayDecide(tx, person, { target, step, isEscalated: false }))) return
  throw new GuildhallError(
    'ACTOR_NOT_ELIGIBLE',
    `Cannot approve applications for ${target.set.name} beforehand as "${actor}": expected ${whoDecides(step, false)}, or an admin of the instance; invite without approving`,
    { facts: { identity: actor } },
  )
}

type Wanted = InvitationRequest & { readonly until: string }
type Judged = Wanted | Extract<InviteAnswer, { readonly refused: object }>

function judge(requests: readonly InvitationRequest[], { set }: ApplicationTarget): Judged[] {
  const closed = closedTo(set)
  const seen = new Set<string>()
  return requests.map((request) => {
    const { address } = request
    if (closed !== undefined && !closed.allowed) {
      const reason = closed.reason === 'exclusive' ? 'exclusive' : 'over'
      return { address, refused: { reason, message: closed.message } }
    }
    const verdict = judgeRequest(request, set.today)
    if (!verdict.allowed) return { address, refused: { reason: verdict.reason, message: verdict.message } }
    if (seen.has(address.toLowerCase()))
      return {
        address,
        refused: { reason: 'named-twice', message: 'it is named before; each address is invited once' },
      }
    seen.add(address.toLowerCase())
    return { ...request, until: verdict.until }
  })
}

interface Writing {
  readonly input: InviteInput
  readonly target: ApplicationTarget
  readonly wanted: readonly Wanted[]
}

/** Of two who invite an address at once one does; returns the numbers by addresses in lower case. */
async function insert(tx: Tx, trail: Trail, { input, target, wanted }: Writing): Promise<ReadonlyMap<string, number>> {
  if (wanted.length === 0) return new Map()
  const { set } = target
  const { isPreApproved, actor, cause, batch, reason = '', together = wanted.length } = input
  const rows = await recordSelected<{ id: number; address: string }>(tx, trail, {
    steps: `made as (
       insert into invitation (vo_id, group_id, vo, group_name, address, name, language, message, is_pre_approved, person_id, actor,
         authentication, until, created_at, changed_at, batch, is_ended_by_clock)
       select $5, $6, $7, $8, x.address, x.name, x.language, coalesce(x.message, ''), $9,
         (select person_id from identity where ref = $10), $11, $12, x.until, $2, $2, $13, $14
       from json_to_recordset($15::json) as x(address text, name text, language text, message text, until date)
       on conflict do nothing
       returning id, address, until
     ), woken as (
       insert into invitation_wake (invitation_id) select id from made where not $14
     ), clocked as (
       insert into clock_wake (vo) select $7 from made where $14 limit 1
     ),`,
    select: `select 'invite' as action, 'Invitation' as kind, $7 as vo, $16 as name,
        jsonb_strip_nulls(jsonb_build_object('invitation', id, 'address', address, 'until', until, 'preApproved', $9::boolean,
          'reason', nullif($17::text, ''))) as personal
      from made`,
    parameters: [
      ...[set.voId, set.groupId, set.vo, set.group ?? null, isPreApproved, actor ?? null, cause.actor],
      ...[cause.authentication ?? null, batch ?? null, isEndedByClock(together), JSON.stringify(wanted)],
      ...[set.group === undefined ? set.vo : `${set.vo}/${set.group}`, reason],
    ],
    result: 'select id, lower(address) as address from made',
  })
  await sendInvitations(tx, { ids: rows.map(({ id }) => id), at: trail.at })
  return new Map(rows.map(({ id, address }) => [address, id]))
}

interface Missing {
  readonly input: InviteInput
  readonly target: ApplicationTarget
  readonly addresses: readonly string[]
}

/** Whose invitation to the same is open; the others were invited by the same file before. */
async function alreadyInvited(tx: Tx, { target: { set }, addresses }: Missing): Promise<ReadonlyMap<string, number>> {
  if (addresses.length === 0) return new Map()
  const { rows } = await tx.query<{ id: number; address: string }>(
    `select id, lower(address) as address from invitation
     where state = 'open' and vo_id = $1 and group_id is not distinct from $2
       and lower(address) in (select lower(a) from unnest($3::text[]) a)`,
    [set.voId, set.groupId, addresses],
  )
  return new Map(rows.map(({ id, address }) => [address, id]))
}

function invited(address: string, open: ReadonlyMap<string, number>): InviteAnswer {
  const id = open.get(address.toLowerCase())
  const message =
    id === undefined
      ? 'it was invited by this file before; what became of it is in `guildhall invitation list --all`'
      : `invitation ${id} is open; \`guildhall invitation resend ${id}\` sends it again`
  return { address, refused: { reason: id === undefined ? 'invited-before' : 'already-invited', message } }
}
