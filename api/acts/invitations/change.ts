import { GuildhallError } from '../../../core/errors.ts'
import type { Act, ActContext } from '../act.ts'
import { actingAs } from '../acting-as.ts'
import { as, input, reason } from '../input.ts'

/** What is done with invitations by their number. */
export type InvitationAct = 'resend' | 'revoke'

/** Which invitation to take back, or to send again. */
export interface ChangeInput {
  readonly invitation: number
  readonly as?: string
  readonly reason?: string
  /** Of `resend`: the first day on which it counts no more. */
  readonly until?: string
}

/** How the invitation stands now. */
export interface Changed {
  readonly invitation: number
  readonly state: string
  readonly until: string
}

const invitation = { type: 'integer', minimum: 1, maximum: 2_147_483_647, examples: [12] } as const
const common = { invitation, as, reason }
const until = { type: 'string', maxLength: 100, description: 'The first day on which it counts no more.' } as const

/** What is done with invitations by their number, by the word for it. */
export const changingActs: Readonly<Record<InvitationAct, Act<ChangeInput, Changed>>> = {
  revoke: {
    ...{ command: 'invitation revoke', method: 'POST', path: '/invitations/revoke', id: 'revokeInvitation' },
    summary: 'Takes an invitation back: its key counts no more',
    input: input(common, ['invitation']),
    answer: 'ChangedInvitation',
    run: async (context, asked) => change(context, 'revoke', asked),
  },
  resend: {
    ...{ command: 'invitation resend', method: 'POST', path: '/invitations/resend', id: 'resendInvitation' },
    summary: 'Sends an invitation again with a new key; the one before counts no more',
    input: input({ ...common, until }, ['invitation']),
    answer: 'ChangedInvitation',
    run: async (context, asked) => change(context, 'resend', asked),
  },
}

async function change(context: ActContext, act: InvitationAct, asked: ChangeInput): Promise<Changed> {
  const { as: actor, invitation: id, reason: why = '', ...rest } = asked
  const { store, pool, now } = context
  const changing = { ...rest, act, ids: [id], reason: why, now: now(), ...actingAs(context, actor) }
  const [answer] = await store.inTransaction(pool, (tx) => store.changeInvitations(tx, changing), store.asAct)
  if (answer !== undefined && !('refused' in answer)) return answer
  const { reason: word = 'ended', message = 'it is gone' } = answer?.refused ?? {}
  const code = word === 'invitation-unknown' ? 'INVITATION_UNKNOWN' : 'INVITATION_REFUSED'
  throw new GuildhallError(code, `Cannot ${act} invitation ${id}: ${message}`, {
    facts: { invitation: id, reason: word },
  })
}
