import type { ApplicationState, WaitingFor } from '../../../core/applications/application.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef, MemberStatus } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { fileApplication, type FileAnswer, type NotFiled } from '../applications/file-application.ts'
import { wakeMail } from '../mail-drafts.ts'
import { beginTrail, type Cause } from '../trail.ts'
import { approveByInvitation } from './approve-by-invitation.ts'
import { tellInvitation, type FoundInvitation } from './found-invitation.ts'
import { findByKey } from './use-key.ts'
import { wakeInvitations } from './wake-invitations.ts'

/** Who accepts an invitation, and what they answer. */
export interface AcceptInvitationInput {
  readonly key: string
  readonly identity: IdentityRef
  /** To the form of what the invitation is to. */
  readonly answers: JsonObject
  /** To the form of the VO, where the invitation is to a group and the person is no member of the VO yet. */
  readonly voAnswers?: JsonObject
  /** That the person reads; that of the invitation where it is not said. */
  readonly language?: string
  readonly cause: Cause
  readonly now: Date
  readonly compileSchema: Surroundings['compileSchema']
}

/** An application that was filed by an invitation. */
interface AcceptedApplication {
  readonly application: number
  readonly vo: string
  readonly group: string | null
  readonly state: ApplicationState
  readonly waitingFor: WaitingFor | null
  /** Of the VO member, once it was approved. */
  readonly status: MemberStatus | null
}

/** The applications that were filed, that for the VO first, or why none was: then the key still counts. */
export type AcceptInvitationAnswer =
  | { readonly invitation: number; readonly applications: readonly AcceptedApplication[] }
  | { readonly invitation: number; readonly vo: string; readonly group: string | null; readonly refused: NotFiled }

/**
 * Uses the key of an invitation, in the caller's transaction: files the application, and that for the VO where it has to come first,
 * as the identity that accepts. Throws KEY_REFUSED, FORM_UNKNOWN, VO_BUSY.
 */
export async function acceptInvitation(tx: Tx, input: AcceptInvitationInput): Promise<AcceptInvitationAnswer> {
  const { key, cause, now, identity } = input
  const invitation = await findByKey(tx, { key, now })
  await tx.query('savepoint before_accepting')
  const filed = await fileAll(tx, input, invitation)
  if (!Array.isArray(filed)) {
    await tx.query('rollback to savepoint before_accepting')
    return filed
  }
  await tx.query('release savepoint before_accepting')
  const { id } = invitation
  await tx.query(
    `update invitation set state = 'accepted', changed_at = $2, ended_by = $3, key_hash = null where id = $1`,
    [id, now, cause.actor],
  )
  const trail = await beginTrail(tx, cause, now)
  await tellInvitation(tx, trail, { invitation, action: 'accept', more: { user: identity, applications: filed } })
  await wakeInvitations(tx, [id])
  await wakeMail(tx)
  return { invitation: id, applications: await applicationsOf(tx, filed) }
}

type Refused = Extract<AcceptInvitationAnswer, { readonly refused: NotFiled }>

/** Files what is needed, each decided about as far as the invitation goes before the next. */
async function fileAll(tx: Tx, input: AcceptInvitationInput, invitation: FoundInvitation): Promise<number[] | Refused> {
  const { id, vo, group } = invitation
  const first = await file(tx, input, { invitation, group })
  if (!('refused' in first)) return [first.application]
  if (group === undefined || first.refused.reason !== 'vo-first')
    return { invitation: id, vo, group: group ?? null, refused: first.refused }
  const ofVo = await file(tx, input, { invitation, group: undefined })
  if ('refused' in ofVo) return { invitation: id, vo, group: null, refused: ofVo.refused }
  const ofGroup = await file(tx, input, { invitation, group })
  if ('refused' in ofGroup) return { invitation: id, vo, group, refused: ofGroup.refused }
  return [ofVo.application, ofGroup.application]
}

interface Filing {
  readonly invitation: FoundInvitation
  readonly group: string | undefined
}

async function file(tx: Tx, input: AcceptInvitationInput, { invitation, group }: Filing): Promise<FileAnswer> {
  const { identity, answers, voAnswers = {}, cause, now, compileSchema, language = invitation.language } = input
  const { id, vo } = invitation
  const filed = await fileApplication(tx, {
    ...{ vo, kind: 'initial', identity, cause, now, compileSchema, invitation: id },
    ...(group !== undefined && { group }),
    answers: group === invitation.group ? answers : voAnswers,
    ...(language !== undefined && { language }),
  })
  if (!('refused' in filed)) await approveByInvitation(tx, { id: filed.application, now, compileSchema })
  return filed
}

async function applicationsOf(tx: Tx, ids: readonly number[]): Promise<AcceptedApplication[]> {
  const { rows } = await tx.query<AcceptedApplication>(
    `select a.id as application, vo.name as vo, g.name as "group", a.state, a.waiting_for as "waitingFor",
       case when a.state = 'approved' then mb.status end as status
     from application a join vo on vo.id = a.vo_id left join groups g on g.id = a.group_id
     left join member mb on (mb.vo_id, mb.person_id) = (a.vo_id, a.person_id)
     where a.id = any($1) order by array_position($1::integer[], a.id)`,
    [ids],
  )
  return rows
}
