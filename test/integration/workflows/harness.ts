import type { AnnouncementActivities } from '../../../activities/announcement.ts'
import type { ApplicationActivities } from '../../../activities/applications.ts'
import type { BanActivities } from '../../../activities/bans.ts'
import type { ClockActivities } from '../../../activities/clock.ts'
import type { DelegationActivities } from '../../../activities/delegations.ts'
import type { AttemptActivities } from '../../../activities/delivery.ts'
import type { InvitationActivities } from '../../../activities/invitations.ts'
import type { MailActivities } from '../../../activities/mail.ts'
import type { HoldActivities } from '../../../activities/hold.ts'
import type { PropagationActivities } from '../../../activities/propagation.ts'
import type { ReconcileActivities } from '../../../activities/reconcile.ts'
import type { RequestActivities } from '../../../activities/request.ts'
import type { ReviewActivities } from '../../../activities/reviews.ts'
import type { SyncActivities } from '../../../activities/sync.ts'
import { controlQueue, deliveryQueue, syncQueue } from '../../../workflows/task-queues.ts'
import { createTestTemporal, type TestTemporal } from '../../support/temporal.ts'

/** Everything a workflow of ours can call. */
export type AllActivities = AnnouncementActivities &
  ApplicationActivities &
  BanActivities &
  AttemptActivities &
  DelegationActivities &
  ClockActivities &
  HoldActivities &
  InvitationActivities &
  MailActivities &
  PropagationActivities &
  ReconcileActivities &
  RequestActivities &
  ReviewActivities &
  SyncActivities

export const commit = 'c0ffee'.padEnd(40, '0')

/** Activities of a quiet world: nothing to do, every delivery arrives. */
export function quietActivities(): AllActivities {
  return {
    askForReconcile: async () => undefined,
    askForSync: async () => undefined,
    runSync: async () => ({ kind: 'gone', subjects: 0, added: 0, changed: 0, removed: 0, skipped: 0 }),
    fetchConfiguration: async () => ({ kind: 'fetched', commit }),
    planConfiguration: async () => ({ run: 1, epoch: 1, digest: 'd', changes: 0, errors: 0, steps: [] }),
    applyScope: async () => ({ kind: 'applied', changes: 1 }),
    announceHold: async () => undefined,
    finishReconcile: async () => undefined,
    recordFailure: async () => undefined,
    writeAnnouncement: async () => null,
    postAnnouncement: async () => undefined,
    remindOfHold: async () => true,
    lookAtApplication: async () => ({ kind: 'ended', outcome: 'gone' }),
    settleApplicationAct: async () => ({ kind: 'done' }),
    lookAtReview: async () => ({ kind: 'ended', outcome: 'gone' }),
    findBanEnd: async () => ({}),
    endBan: async () => false,
    findDelegationEnd: async () => ({}),
    endDelegation: async () => false,
    findInvitationEnd: async () => ({}),
    endInvitation: async () => false,
    findNextMoment: async () => ({ isGone: true, count: 0 }),
    runClock: async () => ({ changed: 0 }),
    sendMails: async () => ({ sent: 0, failed: 0 }),
    settleHold: async () => undefined,
    takeSnapshot: async () => ({ generation: 1, isNew: true, destinations: ['copy'], troubled: [] }),
    handOver: async () => undefined,
    attemptDelivery: async () => ({ kind: 'delivered', generation: 1 }),
  }
}

/** A namespace whose search attributes every part of the server knows. */
export async function openTemporal(): Promise<TestTemporal> {
  const temporal = await createTestTemporal()
  for (let tries = 0; ; tries += 1) {
    try {
      await temporal.client.workflow.count('vo = "x" and dueAt > "2020-01-01T00:00:00Z"')
      return temporal
    } catch (error) {
      if (tries === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** Runs workers of all task queues while `work` goes on. */
export async function withWorkers<T>(
  temporal: TestTemporal,
  activities: AllActivities,
  work: () => Promise<T>,
): Promise<T> {
  return temporal.withWorker({ taskQueue: controlQueue, activities }, async () =>
    temporal.withWorker({ taskQueue: deliveryQueue, activities }, async () =>
      temporal.withWorker({ taskQueue: syncQueue, activities }, work),
    ),
  )
}
