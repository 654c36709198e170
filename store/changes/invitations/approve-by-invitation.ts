import type { Surroundings } from '../../../core/config/catalog.ts'
import type { Tx } from '../../pool.ts'
import { settleAct } from '../applications/settle-act.ts'

interface ByInvitation {
  readonly id: number
  readonly now: Date
  readonly compileSchema: Surroundings['compileSchema']
}

/**
 * Gives an open application the approval of whoever invited the person, where the invitation says so: once, and judged as if they
 * gave it now.
 */
export async function approveByInvitation(tx: Tx, { id, now, compileSchema }: ByInvitation): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into application_act (application_id, act, person_id, actor, version, policy, reason, at, by_invitation)
     select a.id, 'approve', i.person_id, i.actor, a.version, a.policy, 'invitation ' || i.id, $2, true
     from application a join invitation i on i.id = a.invitation_id and i.is_pre_approved
     where a.id = $1 and a.state = 'open'
       and not exists (select from application_act t where t.application_id = a.id and t.by_invitation)
     returning id::text`,
    [id, now],
  )
  for (const { id: act } of rows) await settleAct(tx, { act, now, compileSchema })
}
