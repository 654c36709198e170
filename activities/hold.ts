import { lapsedUntil } from '../core/model/approval.ts'
import type { ChangeKind } from '../core/model/hold.ts'
import type { Scope } from '../core/model/scope.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import type { HoldOutcome } from '../workflows/hold/messages.ts'
import { asActivity } from './border.ts'
import type { WorkflowStarter } from './workflow-starter.ts'

type Store = Pick<typeof storeModule, 'closeChange' | 'closeHold' | 'findClosedHold' | 'inTransaction' | 'listHolds'>

/** What a hold that goes on waiting is told of, once a day. */
interface HoldReminder {
  readonly scope: Scope
  readonly digest: string
  readonly ageMs: number
}

export interface HoldDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly workflows: Pick<WorkflowStarter, 'reconcile'>
  readonly remind: (reminder: HoldReminder) => void
}

export type HoldActivities = ReturnType<typeof createHoldActivities>

/** Builds what `hold/<scope>` calls. */
export function createHoldActivities({ pool, store, workflows, remind }: HoldDependencies) {
  return {
    /** Reminds of a hold that is still open; a reminder too many is only a line more in the log. */
    remindOfHold: asActivity(async ({ scope, digest, at }: { scope: Scope; digest: string; at: number }) => {
      const hold = (await store.listHolds(pool)).find((open) => open.scope === scope && open.digest === digest)
      if (hold !== undefined) remind({ scope, digest, ageMs: at - hold.since.getTime() })
      return hold !== undefined
    }),

    /**
     * Closes the row of a hold that lapsed, and asks for a reconcile where there is something to do now. A hold that is
     * closed stays closed, and requests that wait together are one; a change that was held by itself has no part in
     * commits. Tells how its row ended where that was not with other changes, also where it is one that the workflow never heard of.
     */
    settleHold: asActivity(async ({ instance, scope, change, outcome, at }: SettleInput) => {
      if (outcome.kind === 'lapsed') {
        await store.inTransaction(pool, async (tx) => {
          const { digest } = outcome
          const end = { scope, digest, outcome: 'lapsed', at: new Date(at) } as const
          const hold = (await store.listHolds(tx)).find((open) => open.scope === scope && open.digest === digest)
          if (hold?.kind === 'commit') await store.closeHold(tx, end)
          // The same may have been entered again meanwhile, with 72 h of its own.
          else if (hold !== undefined && hold.since <= lapsedUntil(end.at)) await store.closeChange(tx, end)
        })
      }
      if (outcome.kind !== 'voided' && change === undefined)
        await workflows.reconcile(instance, { cause: outcome.kind === 'lapsed' ? 'lapse' : 'approval' })
      const row = outcome.kind === 'approved' ? undefined : await store.findClosedHold(pool, outcome.digest)
      return row?.scope === scope ? endings.find((kind) => kind === row.outcome) : undefined
    }),
  }
}

const endings = ['approved', 'lapsed', 'rejected', 'withdrawn'] as const

interface SettleInput {
  readonly instance: string
  readonly scope: Scope
  /** Absent for the scope of a commit. */
  readonly change?: ChangeKind
  readonly outcome: HoldOutcome
  readonly at: number
}
