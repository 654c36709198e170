import { GuildhallError } from '../../core/errors.ts'
import type { Day } from '../../core/lifecycle/calendar.ts'
import type { DelegationFilter, DelegationRequest, ListedDelegation } from '../../store/index.ts'
import type { Act, ActContext } from './act.ts'
import { actingAs } from './acting-as.ts'
import { application } from './applications/input.ts'
import { as, identity, input, name, reason } from './input.ts'

const day = { type: 'string', format: 'date', examples: ['2027-01-31'] } as const
const delegator = { ...identity, description: 'Who is away.' } as const
const delegate = { ...identity, description: 'Who stands in for them.' } as const
const until = { ...day, description: 'The first day without it.' } as const

/** Who is to stand in for whom: in a VO, or in all. */
export interface AddDelegationInput {
  readonly delegator: string
  readonly delegate: string
  readonly vo?: string
  readonly all?: true
  readonly from?: Day
  readonly until?: Day
  readonly reason: string
  readonly as?: string
}

/** The delegation there is then. */
export interface MadeDelegation {
  readonly delegation: number
  readonly delegator: string
  readonly delegate: string
  readonly vo: string | null
  readonly application: number | null
  readonly from: Day
  readonly until: Day | null
}

export const addDelegation: Act<AddDelegationInput, MadeDelegation> = {
  ...{ command: 'delegation add', method: 'POST', path: '/delegations/add', id: 'addDelegation' },
  summary: 'Lets somebody decide about applications for who is away',
  input: input(
    {
      ...{ delegator, delegate, vo: name, all: { const: true, description: 'In all VOs.' } },
      from: { ...day, description: 'The first day; at once where there is none.' },
      ...{ until, reason: { ...reason, minLength: 1 }, as },
    },
    ['delegator', 'delegate', 'reason'],
  ),
  answer: 'MadeDelegation',
  run: async (context, { vo, all, as: actor, from = null, until: end = null, ...people }) => {
    if ((vo === undefined) === (all === undefined))
      throw new GuildhallError('REQUEST_INVALID', 'Cannot tell where to delegate: expected either `vo` or `all`')
    return add(context, actor, { ...people, ...(vo !== undefined && { vo }), from, until: end })
  },
}

/** Who is to decide about one application for somebody. */
export interface DelegateInput {
  readonly application: number
  readonly delegate: string
  /** Without it whoever acts. */
  readonly delegator?: string
  readonly until?: Day
  readonly reason?: string
  readonly as?: string
}

export const delegateApplication: Act<DelegateInput, MadeDelegation> = {
  ...{ command: 'application delegate', method: 'POST', path: '/applications/delegate', id: 'delegateApplication' },
  summary: 'Lets somebody else decide about one application',
  input: input(
    {
      application,
      delegate,
      delegator: { ...delegator, description: 'For whom; without it `as`.' },
      until,
      reason,
      as,
    },
    ['application', 'delegate'],
  ),
  answer: 'MadeDelegation',
  run: async (context, { as: actor, delegator: absent = actor, until: end = null, reason: why = '', ...asked }) => {
    if (absent === undefined)
      throw new GuildhallError(
        'REQUEST_INVALID',
        'Cannot tell for whom to delegate: expected `as`, who acts, or `delegator`',
      )
    return add(context, actor, { ...asked, delegator: absent, from: null, until: end, reason: why })
  },
}

async function add(
  context: ActContext,
  actor: string | undefined,
  request: DelegationRequest,
): Promise<MadeDelegation> {
  const { store, pool, now } = context
  const who = actingAs(context, actor)
  const [answer] = await store.inTransaction(
    pool,
    (tx) => store.addDelegations(tx, { requests: [request], ...who, now: now() }),
    store.asAct,
  )
  const { vo = null, application: id = null } = request
  if (answer === undefined) throw new Error('a request was not answered')
  if (!('refused' in answer)) return { ...answer, vo, application: id }
  throw new GuildhallError(
    'DELEGATION_REFUSED',
    `Cannot let "${answer.delegate}" stand in for "${answer.delegator}" in ${placeOf({ vo, application: id })}: ${answer.refused.message}`,
    { facts: { delegator: answer.delegator, delegate: answer.delegate, reason: answer.refused.reason } },
  )
}

/** Where somebody stands in for another, in words. */
export function placeOf({ vo, application: id }: Pick<MadeDelegation, 'application' | 'vo'>): string {
  if (id !== null) return `application ${id}`
  return vo === null ? 'all VOs' : `VO ${vo}`
}

/** A delegation that is to end before its time. */
export interface EndDelegationInput {
  readonly delegation: number
  readonly reason?: string
  readonly as?: string
}

/** That it has ended. */
export interface EndedDelegation {
  readonly delegation: number
  readonly ended: true
}

export const endDelegation: Act<EndDelegationInput, EndedDelegation> = {
  ...{ command: 'delegation end', method: 'POST', path: '/delegations/end', id: 'endDelegation' },
  summary: 'Ends a delegation before its time; what was decided by it keeps counting',
  input: input({ delegation: { ...application, examples: [3] }, reason, as }, ['delegation']),
  answer: 'EndedDelegation',
  run: async (context, { as: actor, delegation, reason: why = '' }) => {
    const { store, pool, now } = context
    const request = { requests: [{ delegation, reason: why }], ...actingAs(context, actor), now: now() }
    const [answer] = await store.inTransaction(pool, (tx) => store.endDelegations(tx, request), store.asAct)
    if (answer !== undefined && 'refused' in answer)
      throw new GuildhallError('DELEGATION_REFUSED', `Cannot end delegation ${delegation}: ${answer.refused.message}`, {
        facts: { delegation, reason: answer.refused.reason },
      })
    return { delegation, ended: true }
  },
}

/** Which delegations are listed. */
export interface ListDelegationsInput extends Omit<DelegationFilter, 'ended'> {
  /** Also those that have ended. */
  readonly ended?: 'true'
}

export const listDelegations: Act<ListDelegationsInput, { readonly delegations: readonly ListedDelegation[] }> = {
  ...{ command: 'delegation list', method: 'GET', path: '/delegations', id: 'delegations' },
  summary: 'Lists delegations in force and to come',
  input: input({ vo: name, delegator, delegate, ended: { const: 'true', description: 'Also those that have ended.' } }),
  answer: 'Delegations',
  run: async ({ store, pool }, { ended, ...filter }) => ({
    delegations: await store.listDelegations(pool, { ...filter, ...(ended !== undefined && { ended: true }) }),
  }),
}
