import { GuildhallError } from '../../../core/errors.ts'
import type { InvitationState } from '../../../core/invitations/invitation.ts'
import type { ListedInvitation, ShownInvitation } from '../../../store/index.ts'
import type { Act, ActContext } from '../act.ts'
import { input, name } from '../input.ts'

/** Which invitations are listed; without a state or `all` the open ones. */
export interface ListInput {
  readonly vo?: string
  readonly group?: string
  readonly address?: string
  readonly state?: InvitationState
  readonly all?: 'true'
}

/** As many as are listed at once. */
const atMost = 100_000

export const invitationStates = [
  ...(['open', 'accepted', 'declined', 'revoked', 'expired', 'target-gone'] as const),
] satisfies readonly InvitationState[]

export const listInvitations: Act<ListInput, { readonly invitations: readonly ListedInvitation[] }> = {
  ...{ command: 'invitation list', method: 'GET', path: '/invitations', id: 'invitations' },
  summary: 'Lists invitations; without a state or `all` those whose keys count',
  input: input({
    ...{ vo: name, group: name, address: name },
    state: { enum: invitationStates },
    all: { const: 'true' },
  }),
  answer: 'Invitations',
  run: async ({ store, pool }, { all, ...filter }) => ({
    invitations: await store.listInvitations(pool, { ...filter, ...(all !== undefined && { all: true }), atMost }),
  }),
}

export const showInvitation: Act<{ readonly invitation: string }, ShownInvitation> = {
  ...{ command: 'invitation show', method: 'GET', path: '/invitations/show', id: 'invitation' },
  summary: 'Shows an invitation and what was filed by it',
  input: input({ invitation: { type: 'string', pattern: '^[1-9]\\d{0,8}$', examples: ['12'] } }, ['invitation']),
  answer: 'ShownInvitation',
  run: show,
}

async function show({ store, pool }: ActContext, { invitation }: { readonly invitation: string }) {
  const id = Number(invitation)
  const shown = await store.showInvitation(pool, id)
  if (shown !== undefined) return shown
  throw new GuildhallError(
    'INVITATION_UNKNOWN',
    `Cannot show invitation ${id}: there is none; \`guildhall invitation list --all\` lists them`,
    { facts: { invitation: id } },
  )
}
