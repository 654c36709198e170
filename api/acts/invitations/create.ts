import type { InvitationRequest } from '../../../core/invitations/invitation.ts'
import type { InviteAnswer } from '../../../store/index.ts'
import type { Act } from '../act.ts'
import { actingAs } from '../acting-as.ts'
import { as, input, name, reason } from '../input.ts'

/** Whom to invite to what. */
export interface CreateInput {
  readonly vo: string
  readonly group?: string
  readonly invitations: readonly InvitationRequest[]
  /** The invitations count as the approval of whoever invites. */
  readonly preApproved?: boolean
  readonly as?: string
  readonly reason?: string
  /** Hash of the file that they come from, of which this is a part. */
  readonly batch?: string
  /** How many are invited by all parts together. */
  readonly together?: number
}

/** What came of each, in the order in which they were named. */
export interface Created {
  readonly invitations: readonly InviteAnswer[]
}

const text = { type: 'string', maxLength: 10_000 } as const
const request = input(
  {
    address: { ...text, description: 'To which the key goes.', examples: ['ada@example.org'] },
    name: { ...text, description: 'By which the person is greeted.', examples: ['Ada Lovelace'] },
    language: { ...text, description: 'That the person reads.', examples: ['cs'] },
    message: { ...text, description: 'What the mail says besides.' },
    until: { ...text, description: 'The first day on which it counts no more; a month from today without it.' },
  },
  ['address'],
)

export const createInvitations: Act<CreateInput, Created> = {
  ...{ command: 'invitation create', method: 'POST', path: '/invitations/create', id: 'createInvitations' },
  summary: 'Invites people to apply for a VO or a group',
  input: input(
    {
      ...{ vo: name, group: name, as, reason },
      preApproved: { type: 'boolean', description: 'They count as the approval of whoever invites.' },
      batch: {
        ...{
          type: 'string',
          pattern: '^[0-9a-f]{64}$',
          examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
        },
        description:
          'SHA-256 of the list that they are a part of: an address of one list is invited once, however often a part is sent.',
      },
      together: {
        type: 'integer',
        minimum: 1,
        maximum: 1_000_000,
        description: 'How many are invited by all parts of the list.',
      },
      invitations: { type: 'array', minItems: 1, maxItems: 1000, items: request },
    },
    ['vo', 'invitations'],
  ),
  answer: 'CreatedInvitations',
  run: async (context, { as: actor, invitations: requests, preApproved: isPreApproved = false, ...rest }) => {
    const { store, pool, now } = context
    const inviting = { ...rest, requests, isPreApproved, now: now(), ...actingAs(context, actor) }
    const invitations = await store.inTransaction(pool, (tx) => store.createInvitations(tx, inviting), store.asAct)
    return { invitations }
  },
}
