import type { Scope } from '../core/model/scope.ts'
import type { EndingBan } from '../workflows/ban/messages.ts'
import type { EndingDelegation } from '../workflows/delegation/messages.ts'
import type { DeliveryTarget } from '../workflows/delivery/messages.ts'
import type { OpenHold, Superseded } from '../workflows/hold/messages.ts'
import type { OpenInvitation } from '../workflows/invitation/messages.ts'
import type { Changed } from '../workflows/propagation/messages.ts'
import type { ReconcileRequest } from '../workflows/reconcile/messages.ts'
import type { SyncedPlace } from '../core/model/sync-place.ts'
import type { SyncTimes } from './sync-times.ts'

/** Starts workflows by their ids; each call is a signal-with-start, so repeating one is safe. */
export interface WorkflowStarter {
  reconcile(instance: string, request: ReconcileRequest): Promise<void>
  hold(hold: OpenHold): Promise<void>
  /** Tells a hold, if there is one, that nothing of it is left; that of a change in the scope by its digest. */
  voidHold(scope: Scope, by: Superseded, change?: string): Promise<void>
  propagate(facility: string, change: Changed): Promise<void>
  /** Makes sure that a VO has its clock, and that it looks again. */
  wakeClock(vo: string): Promise<void>
  /** Makes sure that a ban ends when it is to end. */
  watchBan(ban: EndingBan): Promise<void>
  /** Tells what waits for a ban's end, if anything does, that the ban is gone. */
  leaveBan(id: number): Promise<void>
  /** Makes sure that a delegation ends when it is to end. */
  watchDelegation(delegation: EndingDelegation): Promise<void>
  /** Tells what waits for a delegation's end, if anything does, that it is gone. */
  leaveDelegation(id: number): Promise<void>
  /** Makes sure that an application is looked after, and that it is looked at again. */
  watchApplication(id: number): Promise<void>
  /** Makes sure that an application that has ended was looked after, once. */
  finishApplication(id: number): Promise<void>
  /** Makes sure that an invitation ends when it is to end. */
  watchInvitation(invitation: OpenInvitation): Promise<void>
  /** Tells what waits for an invitation's end, if anything does, that it has ended. */
  leaveInvitation(id: number): Promise<void>
  /** Makes sure that a review is looked after, and that it is looked at again. */
  watchReview(id: number): Promise<void>
  /** Makes sure that the mail that waits goes out. */
  sendMail(): Promise<void>
  deliver(target: DeliveryTarget): Promise<void>
  /** Makes sure that a sync is under way. */
  startSync(sync: SyncedPlace): Promise<void>
  /** Makes sure that a sync reads what is so now: one that is under way reads again. */
  syncAgain(sync: SyncedPlace): Promise<void>
  /** Makes the Schedule of a sync, or brings it to these times. */
  scheduleSync(sync: SyncedPlace, times: SyncTimes): Promise<void>
  /** Drops a Schedule, if it is there. */
  dropSchedule(id: string): Promise<void>
}
