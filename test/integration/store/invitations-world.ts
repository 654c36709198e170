import { createHash, randomBytes } from 'node:crypto'
import {
  acceptInvitation,
  changeInvitations,
  createInvitations,
  declineInvitation,
  inTransaction,
  showInvitation,
  type AcceptInvitationAnswer,
  type AcceptInvitationInput,
  type ChangeInvitationAnswer,
  type ChangeInvitationsInput,
  type InviteAnswer,
  type InviteInput,
} from '../../../store/index.ts'
import type { TestDatabase } from '../../support/test-database.ts'
import { compileSchema, noon } from './applications-world.ts'

export const today = '2026-02-01'

/** Invitations in a database; keys are made as the one who sends mail makes them. */
export function invitationsIn(database: () => TestDatabase) {
  async function invite(addresses: readonly string[], more: Partial<InviteInput> = {}): Promise<InviteAnswer[]> {
    return inTransaction(database().pool, (tx) =>
      createInvitations(tx, {
        ...{ vo: 'astro', requests: addresses.map((address) => ({ address })), isPreApproved: false },
        ...{ cause: { actor: more.actor ?? 'local/test' }, now: noon(today), ...more },
      }),
    )
  }

  /** Invites one address; the number of the invitation. */
  async function invited(address: string, more: Partial<InviteInput> = {}): Promise<number> {
    const [answer] = await invite([address], more)
    if (answer === undefined || 'refused' in answer) throw new Error(answer?.refused.message)
    return answer.invitation
  }

  /** Gives an invitation a key, as the mail that goes out does. */
  async function keyOf(invitation: number): Promise<string> {
    const key = randomBytes(20).toString('hex')
    const hash = createHash('sha256').update(key).digest()
    await database().pool.query('update invitation set key_hash = $2 where id = $1', [invitation, hash])
    return key
  }

  async function accept(
    key: string,
    identity: string,
    more: Partial<AcceptInvitationInput> = {},
  ): Promise<AcceptInvitationAnswer> {
    return inTransaction(database().pool, (tx) =>
      acceptInvitation(tx, {
        ...{ key, identity, answers: { name: 'New' }, cause: { actor: identity }, now: noon('2026-02-02') },
        ...{ compileSchema, ...more },
      }),
    )
  }

  /** What the applications became, or why there are none. */
  async function outcome(accepting: Promise<AcceptInvitationAnswer>): Promise<readonly string[]> {
    const answer = await accepting.catch((error: unknown) => error)
    if (answer instanceof Error) return ['code' in answer ? String(answer.code) : answer.message]
    const { applications, refused } = answer as {
      applications?: { vo: string; group: string | null; state: string; waitingFor: string | null }[]
      refused?: { reason: string }
    }
    if (refused !== undefined) return [refused.reason]
    return (applications ?? []).map(({ vo, group, state, waitingFor }) =>
      [group === null ? vo : `${vo}/${group}`, state, waitingFor].filter(Boolean).join(' '),
    )
  }

  async function decline(key: string): Promise<number> {
    return inTransaction(database().pool, (tx) =>
      declineInvitation(tx, { key, reason: 'no time', cause: { actor: 'local/test' }, now: noon('2026-02-02') }),
    )
  }

  async function change(
    act: ChangeInvitationsInput['act'],
    ids: readonly number[],
    more: Partial<ChangeInvitationsInput> = {},
  ): Promise<ChangeInvitationAnswer[]> {
    return inTransaction(database().pool, (tx) =>
      changeInvitations(tx, {
        ...{
          act,
          ids,
          reason: 'because',
          cause: { actor: more.actor ?? 'local/test' },
          now: noon('2026-02-02'),
          ...more,
        },
      }),
    )
  }

  async function stateOf(invitation: number): Promise<string | undefined> {
    return (await showInvitation(database().pool, invitation))?.state
  }

  return { accept, change, decline, invite, invited, keyOf, outcome, stateOf }
}
