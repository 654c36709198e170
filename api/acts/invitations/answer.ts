import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { AcceptInvitationAnswer } from '../../../store/index.ts'
import type { Act, ActContext } from '../act.ts'
import { causeOf } from '../acting-as.ts'
import { answers } from '../applications/input.ts'
import { identity, input, key, name, reason } from '../input.ts'

/** Who accepts an invitation, and what they answer. */
export interface AcceptInput {
  readonly key: string
  readonly identity: string
  readonly answers?: JsonObject
  readonly voAnswers?: JsonObject
  readonly language?: string
}

/** The applications that were filed, that for the VO first. */
export type Accepted = Exclude<AcceptInvitationAnswer, { readonly refused: object }>

export const acceptInvitation: Act<AcceptInput, Accepted> = {
  ...{ command: 'invitation accept', method: 'POST', path: '/invitations/accept', id: 'acceptInvitation' },
  summary: 'Accepts an invitation by its key: files the application that it is to',
  input: input(
    {
      ...{ key, answers },
      identity: { ...identity, description: 'Who accepts, by the identity that is to be a member.' },
      voAnswers: { ...answers, description: 'To the form of the VO, where the invitation is to a group of it.' },
      language: { ...name, maxLength: 35, examples: ['cs'] },
    },
    ['key', 'identity'],
  ),
  answer: 'AcceptedInvitation',
  isByKey: true,
  run: accept,
}

async function accept(context: ActContext, asked: AcceptInput): Promise<Accepted> {
  const { identity: who, answers: given = {}, ...rest } = asked
  const { store, pool, now } = context
  const accepting = { ...rest, identity: who, answers: given, cause: causeOf(context, who), now: now() }
  const compile = (schema: JsonObject) => compileCheck(schema)
  const answer = await store.inTransaction(
    pool,
    (tx) => store.acceptInvitation(tx, { ...accepting, compileSchema: compile }),
    store.aboutOne,
  )
  if (!('refused' in answer)) return answer
  const { vo, group, refused } = answer
  const target = group === null ? vo : `${vo}/${group}`
  const faults =
    refused.reason === 'answers-invalid'
      ? { faults: refused.faults.map(({ item, message }) => ({ item, message })) }
      : {}
  throw new GuildhallError(
    'INVITATION_REFUSED',
    `Cannot file an application of "${who}" for "${target}" by the invitation: ${refused.message}; its key still counts`,
    { facts: { identity: who, target, reason: refused.reason, ...faults } },
  )
}

export const declineInvitation: Act<
  { readonly key: string; readonly reason?: string },
  { readonly invitation: number; readonly state: 'declined' }
> = {
  ...{ command: 'invitation decline', method: 'POST', path: '/invitations/decline', id: 'declineInvitation' },
  summary: 'Declines an invitation by its key',
  input: input({ key, reason: { ...reason, description: 'Why, for whoever invited.' } }, ['key']),
  answer: 'DeclinedInvitation',
  isByKey: true,
  run: async ({ store, pool, now }, { key: given, reason: why = '' }) => {
    const declining = { key: given, reason: why, cause: { actor: 'invited' }, now: now() }
    const invitation = await store.inTransaction(pool, (tx) => store.declineInvitation(tx, declining), store.asAct)
    return { invitation, state: 'declined' }
  },
}
