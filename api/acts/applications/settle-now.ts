import { GuildhallError } from '../../../core/errors.ts'
import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { ActContext } from '../act.ts'

/** Something that is done to an application and is written down. */
export interface Noted {
  readonly application: number
  readonly act: ApplicationAct
  /** The number by which it stands there. */
  readonly noted: string
}

/** How long the workflow has to answer. */
const patienceMs = 20_000

/** Has the workflow settle what is written down, and tells what came of it; APPLICATION_UNSETTLED where nobody does now. */
export async function settleNow(context: ActContext, noted: Noted): Promise<string> {
  const failure = await tell(context, noted).then(
    () => 'no answer',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const outcome = await context.store.readActOutcome(context.pool, noted.noted)
  if (outcome === null) throw unsettled(noted, failure)
  return outcome
}

async function tell({ withTemporal }: ActContext, { act, application, noted }: Noted): Promise<void> {
  const { WithStartWorkflowOperation } = await import('@temporalio/client')
  const messages = await import('../../../workflows/application/messages.ts')
  const updates = {
    approve: messages.approve,
    reject: messages.reject,
    'request-changes': messages.requestChanges,
    resubmit: messages.resubmit,
    verify: messages.verify,
    withdraw: messages.withdraw,
  } satisfies Record<ApplicationAct, unknown>
  await withTemporal((client) =>
    client.withDeadline(Date.now() + patienceMs, () =>
      client.workflow.executeUpdateWithStart(updates[act], {
        args: [{ act: noted }],
        updateId: noted,
        startWorkflowOperation: new WithStartWorkflowOperation('application', messages.startedByUpdate(application)),
      }),
    ),
  )
}

function unsettled({ act, application }: Noted, failure: string): GuildhallError {
  return new GuildhallError(
    'APPLICATION_UNSETTLED',
    `Cannot settle ${act} of application ${application} now; it is written down and will be settled once Temporal and a worker are back, do not repeat it: ${failure}`,
    { facts: { application, act } },
  )
}

/** How an application stands. */
export async function stateOf({ store, pool }: ActContext, id: number): Promise<string> {
  return (await store.readApplicationState(pool, id)) ?? 'gone'
}
