import type { ApplicationState, WaitingFor } from '../../../core/applications/application.ts'
import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { wakeToForget } from './forget-answers.ts'

/** Where an application goes. */
export interface Move {
  readonly id: number
  readonly state: ApplicationState
  readonly waitingFor?: WaitingFor | null
  readonly reason: string | null
  readonly person?: UserId | undefined
  readonly at: Date
}

/** Moves an application to a state; who decides about it begins anew with the step that is open. */
export async function moveTo(tx: Tx, { id, state, waitingFor, reason, person, at }: Move): Promise<void> {
  await tx.query(
    `update application set state = $2::application_state, waiting_for = $3, reason = $4, person_id = coalesce($5, person_id), changed_at = $6,
       step_since = case $2::text when 'open' then $6::timestamptz end, reminded_at = null, escalated_at = null
     where id = $1`,
    [id, state, waitingFor ?? null, reason, person ?? null, at],
  )
  if (state === 'rejected' || state === 'withdrawn') await wakeToForget(tx, id)
}
