import { GuildhallError } from '../../../core/errors.ts'
import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Act, ActContext } from '../act.ts'
import { actingAs } from '../acting-as.ts'
import { as, identity, input, reason } from '../input.ts'
import { answers, application } from './input.ts'
import { settleNow, stateOf } from './settle-now.ts'

/** What people do to applications by their number. */
export type DecidingAct = Exclude<ApplicationAct, 'verify'>

/** What somebody does to an application. */
export interface DecideInput {
  readonly application: number
  readonly as?: string
  /** Whom they stand in for, where one stands in for several. */
  readonly standsFor?: string
  readonly reason?: string
  /** The version and the policy that they saw. */
  readonly seen?: { readonly version: number; readonly policy: string }
  /** Of `resubmit`. */
  readonly answers?: JsonObject
}

/** How the application stands now. */
export interface Decided {
  readonly application: number
  readonly state: string
}

const seen = {
  ...input({ version: { type: 'integer', minimum: 1 }, policy: { type: 'string', pattern: '^[0-9a-f]{64}$' } }, [
    'version',
    'policy',
  ]),
  description: 'What was looked at; refused where it is another by now.',
} as const
const standsFor = { ...identity, description: 'Whom they stand in for, where one stands in for several.' } as const
const common = { application, as, reason, seen }

const summaries: Readonly<Record<DecidingAct, string>> = {
  approve: 'Approves an application; the last approval that is needed makes the membership',
  reject: 'Rejects an application',
  'request-changes': 'Asks for other answers',
  resubmit: 'Gives other answers; approvals of the old ones count no more',
  withdraw: 'Takes back an application of one’s own',
}

const ids: Readonly<Record<DecidingAct, string>> = {
  approve: 'approveApplication',
  reject: 'rejectApplication',
  'request-changes': 'requestChangesOfApplication',
  resubmit: 'resubmitApplication',
  withdraw: 'withdrawApplication',
}

const decidingAct = (act: DecidingAct): Act<DecideInput, Decided> => ({
  ...{ command: `application ${act}`, method: 'POST', path: `/applications/${act}`, id: ids[act] },
  summary: summaries[act],
  input: inputOf(act),
  answer: 'DecidedApplication',
  run: (context, decision) => decide(context, act, decision),
})

function inputOf(act: DecidingAct): object {
  if (act === 'resubmit') return input({ ...common, answers }, ['application', 'answers'])
  return input(act === 'withdraw' ? common : { ...common, standsFor }, ['application'])
}

/** What people do to applications, by the word for it. */
export const decidingActs: Readonly<Record<DecidingAct, Act<DecideInput, Decided>>> = {
  approve: decidingAct('approve'),
  reject: decidingAct('reject'),
  'request-changes': decidingAct('request-changes'),
  resubmit: decidingAct('resubmit'),
  withdraw: decidingAct('withdraw'),
}

async function decide(context: ActContext, act: DecidingAct, decision: DecideInput): Promise<Decided> {
  const { as: actor, application: id, reason: why = '', ...rest } = decision
  const { store, pool, now } = context
  const input = { ...rest, application: id, act, reason: why, now: now(), ...actingAs(context, actor) }
  const noted = await store.inTransaction(pool, (tx) => store.noteAct(tx, input), store.aboutOne)
  const outcome = await settleNow(context, { application: id, act, noted })
  if (outcome === 'done') return { application: id, state: await stateOf(context, id) }
  const [word = '', ...message] = outcome.split(': ')
  throw new GuildhallError('APPLICATION_REFUSED', `Cannot ${act} application ${id}: ${message.join(': ')}`, {
    facts: { application: id, reason: word },
  })
}
