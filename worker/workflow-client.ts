import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { WorkflowStarter } from '../activities/workflow-starter.ts'
import { finishApplication, watchApplication } from '../workflows/application/messages.ts'
import { banChanged, banId, watchBan } from '../workflows/ban/messages.ts'
import { delegationChanged, delegationId, watchDelegation } from '../workflows/delegation/messages.ts'
import { keepDelivering } from '../workflows/delivery/messages.ts'
import { wakeClock } from '../workflows/expiry/messages.ts'
import { holdId, superseded, watchHold } from '../workflows/hold/messages.ts'
import { invitationChanged, invitationId, watchInvitation } from '../workflows/invitation/messages.ts'
import { sendMail } from '../workflows/mail/messages.ts'
import { propagate } from '../workflows/propagation/messages.ts'
import { requestReconcile } from '../workflows/reconcile/messages.ts'
import { watchReview } from '../workflows/review/messages.ts'
import { startSync, syncAgain } from '../workflows/sync/messages.ts'
import { dropSchedule, scheduleSync } from './sync-schedules.ts'

/** Builds the starter of workflows of an instance on a Temporal client. */
export function createWorkflowStarter(client: Client, instance: string): WorkflowStarter {
  const { workflow } = client
  return {
    reconcile: async (instance, request) => {
      await workflow.signalWithStart('reconcile', requestReconcile(instance, request))
    },
    hold: async (hold) => {
      await workflow.signalWithStart('hold', watchHold(hold))
    },
    voidHold: async (scope, by, change) => {
      await unlessOver(workflow.getHandle(holdId(scope, change)).signal(superseded, by))
    },
    propagate: async (facility, change) => {
      await workflow.signalWithStart('propagation', propagate(facility, change))
    },
    wakeClock: async (vo) => {
      await workflow.signalWithStart('expiry', wakeClock(vo))
    },
    watchBan: async (ban) => {
      await workflow.signalWithStart('ban', watchBan(ban))
    },
    leaveBan: async (id) => {
      await unlessOver(workflow.getHandle(banId(id)).signal(banChanged))
    },
    watchDelegation: async (delegation) => {
      await workflow.signalWithStart('delegation', watchDelegation(delegation))
    },
    leaveDelegation: async (id) => {
      await unlessOver(workflow.getHandle(delegationId(id)).signal(delegationChanged))
    },
    watchApplication: async (id) => {
      await workflow.signalWithStart('application', watchApplication(id))
    },
    finishApplication: async (id) => {
      await unlessStarted(workflow.signalWithStart('application', finishApplication(id)))
    },
    watchInvitation: async (invitation) => {
      await workflow.signalWithStart('invitation', watchInvitation(invitation))
    },
    leaveInvitation: async (id) => {
      await unlessOver(workflow.getHandle(invitationId(id)).signal(invitationChanged))
    },
    watchReview: async (id) => {
      await workflow.signalWithStart('review', watchReview(id))
    },
    sendMail: async () => {
      await workflow.signalWithStart('mail', sendMail(instance))
    },
    deliver: async (target) => {
      await workflow.signalWithStart('delivery', keepDelivering(target))
    },
    ...syncStarter(client),
  }
}

function syncStarter(
  client: Client,
): Pick<WorkflowStarter, 'dropSchedule' | 'scheduleSync' | 'startSync' | 'syncAgain'> {
  const { workflow } = client
  return {
    startSync: async (sync) => {
      await unlessStarted(workflow.start('sync', startSync(sync)))
    },
    syncAgain: async (sync) => {
      await workflow.signalWithStart('sync', syncAgain(sync))
    },
    scheduleSync: async (sync, times) => scheduleSync(client, sync, times),
    dropSchedule: async (id) => dropSchedule(client, id),
  }
}

/** A workflow that is over, or never was, need not be told. */
async function unlessOver(telling: Promise<unknown>): Promise<void> {
  await unless(WorkflowNotFoundError, telling)
}

/** What ran and is over is not begun anew, nor is what is under way. */
async function unlessStarted(telling: Promise<unknown>): Promise<void> {
  await unless(WorkflowExecutionAlreadyStartedError, telling)
}

async function unless(fine: new (...parts: never[]) => Error, telling: Promise<unknown>): Promise<void> {
  try {
    await telling
  } catch (error) {
    if (!(error instanceof fine)) throw error
  }
}
