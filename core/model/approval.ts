import type { GuardReason, Loss } from './plan.ts'
import type { Scope } from './scope.ts'

/** How long an approval can be used, and how long a hold waits for one before it lapses: 72 h. */
export const approvalLastsMs = 72 * 60 * 60 * 1000

/** Tells the newest moment whose holds have lapsed by now, whether or not anybody was there to close them. */
export function lapsedUntil(now: Date): Date {
  return new Date(now.getTime() - approvalLastsMs)
}

/** Somebody's word that a held scope may go through. */
export interface Approval {
  readonly id: number
  readonly scope: Scope
  /** The digest of the hold that was approved. */
  readonly digest: string
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly Loss[]
  readonly at: Date
}
