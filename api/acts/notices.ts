import { GuildhallError } from '../../core/errors.ts'
import type { DeclineAnswer, DeclinedByKey, DeclineOn } from '../../store/index.ts'
import type { Act } from './act.ts'
import { actingAs } from './acting-as.ts'
import { as, identity, input, key, name, reason } from './input.ts'

/** Who want no more notices of the end of their membership of a VO, or of a group of it. */
export interface DeclineInput {
  readonly vo: string
  readonly group?: string
  readonly people: readonly DeclineOn[]
  readonly reason?: string
  readonly as?: string
}

/** What came of each, in the order in which they were named. */
export interface Declined {
  readonly notices: readonly DeclineAnswer[]
}

const place = {
  vo: { ...name, description: 'A VO.', examples: ['astro'] },
  group: { ...name, description: 'A group of it, whose end is another one.', examples: ['telescope'] },
} as const

export const declineNotices: Act<DeclineInput, Declined> = {
  ...{ command: 'notices decline', method: 'POST', path: '/notices/decline-for', id: 'declineNoticesFor' },
  summary: 'Declines notices of the end that memberships have, for people; another date brings them back',
  input: input(
    {
      ...{ ...place, as, reason },
      people: {
        type: 'array',
        minItems: 1,
        maxItems: 1000,
        items: input({ user: identity, reason: { ...reason, description: 'Goes before that of all.' } }, ['user']),
      },
    },
    ['vo', 'people'],
  ),
  answer: 'DeclinedNotices',
  run: async (context, { as: actor, people, vo, group, reason: why = '' }) => {
    const { store, pool, now } = context
    const declining = { vo, group, requests: people, reason: why, now: now(), ...actingAs(context, actor) }
    return { notices: await store.inTransaction(pool, (tx) => store.declineNotices(tx, declining), store.asAct) }
  },
}

/** A key that a mail with notices brought, and of which of its ends. */
export interface DeclineByKeyInput {
  readonly key: string
  readonly vo?: string
  readonly group?: string
  readonly reason?: string
}

export const declineByKey: Act<DeclineByKeyInput, DeclinedByKey> = {
  ...{ command: 'notices decline', method: 'POST', path: '/notices/decline', id: 'declineNotices', isByKey: true },
  summary: 'Declines notices by the key of a mail: of all ends that it tells of, or of one',
  input: input({ key, ...place, reason }, ['key']),
  answer: 'NoticesDeclinedByKey',
  run: async ({ store, pool, now }, { key: given, vo, group, reason: why = '' }) => {
    if (group !== undefined && vo === undefined)
      throw new GuildhallError('REQUEST_INVALID', `Cannot tell of which VO group "${group}" is: expected \`vo\` too`)
    const end = vo === undefined ? {} : { place: { vo, ...(group !== undefined && { group }) } }
    const declining = { ...end, key: given.trim(), reason: why, now: now() }
    return store.inTransaction(pool, (tx) => store.declineByKey(tx, declining), store.asAct)
  },
}
