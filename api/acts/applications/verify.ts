import type { Act } from '../act.ts'
import { actingAs } from '../acting-as.ts'
import { as, input, key } from '../input.ts'
import type { Decided } from './decide.ts'
import { application } from './input.ts'
import { settleNow, stateOf } from './settle-now.ts'

/** The key says who acts, and for what. */
export const verifyApplication: Act<{ readonly key: string }, Decided> = {
  ...{ command: 'application verify', method: 'POST', path: '/verifications', id: 'verifyApplication', isByKey: true },
  summary: 'Confirms the address that a key went to; the application goes on once all of its addresses are confirmed',
  input: input({ key }, ['key']),
  answer: 'DecidedApplication',
  run: async (context, { key: given }) => {
    const { store, pool, now } = context
    const asked = { key: given.trim(), now: now() }
    const { application: id, noted } = await store.inTransaction(pool, (tx) => store.confirmByKey(tx, asked))
    await settleNow(context, { application: id, act: 'verify', noted })
    return { application: id, state: await stateOf(context, id) }
  },
}

/** Which application, and who asks. */
export interface ResendInput {
  readonly application: number
  readonly as?: string
}

/** The mails that go out. */
export interface Resent {
  readonly application: number
  readonly addresses: readonly string[]
}

export const resendVerification: Act<ResendInput, Resent> = {
  ...{ command: 'application resend', method: 'POST', path: '/applications/resend', id: 'resendVerification' },
  summary: 'Sends another key to the addresses that are not confirmed; keys of before count no more',
  input: input({ application, as }, ['application']),
  answer: 'ResentVerification',
  run: async (context, { application: id, as: actor }) => {
    const { store, pool, now } = context
    const asked = { application: id, now: now(), ...actingAs(context, actor) }
    return { application: id, addresses: await store.inTransaction(pool, (tx) => store.askAgain(tx, asked)) }
  },
}
