import { GuildhallError } from '../../core/errors.ts'
import type { ApplicationAct } from '../../core/applications/application.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { actingAs } from '../acts/acting-as.ts'
import { describeError } from '../describe-error.ts'
import type { Shell } from '../shell.ts'
import type { OpenState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'

/** What people do to applications by the command line. */
export type DecidingAct = Exclude<ApplicationAct, 'verify'>

/** What somebody does to an application. */
export interface Decision {
  readonly act: DecidingAct
  readonly application: number
  readonly as?: string
  /** Whom they stand in for. */
  readonly standsFor?: string
  readonly reason: string
  /** The version and the policy that they saw. */
  readonly seen?: { readonly version: number; readonly policy: string }
  /** Of `resubmit`. */
  readonly answers?: JsonObject
}

/** What came of it: how the application stands now, or why nothing came of it. */
export type Decided =
  | { readonly application: number; readonly state: string }
  | { readonly application: number; readonly error: GuildhallError }

/** How long the workflow has to answer. */
const patienceMs = 20_000

/** Writes down what somebody does to an application, and then has it settled. */
export async function decide(shell: Shell, open: OpenState, decision: Decision): Promise<Decided> {
  const { application } = decision
  try {
    return await settled(shell, open, decision)
  } catch (error) {
    if (error instanceof GuildhallError) return { application, error }
    throw error
  }
}

async function settled(shell: Shell, open: OpenState, { as, ...decision }: Decision): Promise<Decided> {
  const { store, pool } = open
  const { application } = decision
  const input = { ...decision, now: shell.now(), ...actingAs(shell, as) }
  const act = await store.inTransaction(pool, (tx) => store.noteAct(tx, input))
  const failure = await tell(open, { ...decision, noted: act }).then(
    () => undefined,
    (error: unknown) => describeError(error).message,
  )
  const outcome = await store.readActOutcome(pool, act)
  if (outcome === null) throw unsettled(decision, failure)
  if (outcome !== 'done') throw refused(decision, outcome)
  const shown = await store.showApplication(pool, application)
  return { application, state: shown?.state ?? 'gone' }
}

interface Told extends Pick<Decision, 'act' | 'application'> {
  readonly noted: string
}

async function tell({ system }: OpenState, { act, application, noted }: Told): Promise<void> {
  const { WithStartWorkflowOperation } = await import('@temporalio/client')
  const messages = await import('../../workflows/application/messages.ts')
  const updates = {
    approve: messages.approve,
    reject: messages.reject,
    'request-changes': messages.requestChanges,
    resubmit: messages.resubmit,
    withdraw: messages.withdraw,
  } satisfies Record<DecidingAct, unknown>
  await withTemporal(system, (client) =>
    client.withDeadline(Date.now() + patienceMs, () =>
      client.workflow.executeUpdateWithStart(updates[act], {
        args: [{ act: noted }],
        updateId: noted,
        startWorkflowOperation: new WithStartWorkflowOperation('application', messages.startedByUpdate(application)),
      }),
    ),
  )
}

function unsettled({ act, application }: Pick<Decision, 'act' | 'application'>, failure = 'no answer'): GuildhallError {
  return new GuildhallError(
    'APPLICATION_UNSETTLED',
    `Cannot settle ${act} of application ${application} now; it is written down and will be settled once Temporal and a worker are back, do not repeat it: ${failure}`,
    { facts: { application, act } },
  )
}

function refused({ act, application }: Pick<Decision, 'act' | 'application'>, outcome: string): GuildhallError {
  const [reason = '', ...message] = outcome.split(': ')
  return new GuildhallError('APPLICATION_REFUSED', `Cannot ${act} application ${application}: ${message.join(': ')}`, {
    facts: { application, reason },
  })
}
