import { ApplicationFailure } from '@temporalio/activity'
import type { Webhook } from '../connectors/webhook/webhook.ts'
import { holdEnds } from '../core/model/hold.ts'
import type { GuardReason } from '../core/model/plan.ts'
import type { Scope } from '../core/model/scope.ts'
import type * as storeModule from '../store/index.ts'
import type { Hold, Pool } from '../store/index.ts'
import type { AnnouncementInput, HoldEvent } from '../workflows/announcement/messages.ts'
import { asActivity } from './border.ts'

/** What is posted of a hold: codes and numbers, and nobody's name. */
export interface Announcement {
  readonly event: HoldEvent
  readonly instance: string
  readonly scope: Scope
  readonly digest: string
  readonly replaces?: string
  readonly since: string
  readonly at: string
  readonly ageMs: number
  /** How many watched sets each reason is about. Absent, as the two below it, once nothing is left to approve. */
  readonly reasons?: readonly { readonly code: GuardReason['code']; readonly count: number }[]
  /** How many people lose something. */
  readonly losses?: number
  /** The command that lets the changes through. */
  readonly approve?: string
}

export interface AnnouncementDependencies {
  readonly pool: Pool
  readonly store: Pick<typeof storeModule, 'listHolds'>
  /** Absent: nobody is to be told. */
  readonly webhook?: Webhook
  readonly failed: (facts: { readonly id: string; readonly reason: string }) => void
}

export type AnnouncementActivities = ReturnType<typeof createAnnouncementActivities>

/** Builds what an announcement calls. */
export function createAnnouncementActivities({ pool, store, webhook, failed }: AnnouncementDependencies) {
  return {
    /** Writes what is posted, so that every attempt posts the same; null where nobody is to be told. */
    writeAnnouncement: asActivity(async (input: AnnouncementInput): Promise<Announcement | null> => {
      if (webhook === undefined) return null
      const holds = await store.listHolds(pool)
      const hold = holds.find(({ scope, digest }) => scope === input.scope && digest === input.digest)
      return { ...factsOf(input), ...(hold === undefined || isEnd(input.event) ? {} : approvable(hold)) }
    }),

    /** Posts an announcement; a receiver knows one that it has got already by its id. */
    postAnnouncement: asActivity(async ({ id, body }: { id: string; body: Announcement }, { signal }) => {
      const result = await webhook?.post({ id, body: JSON.stringify(body), signal })
      if (result?.kind !== 'failed') return
      const { reason } = result
      failed({ id, reason })
      throw ApplicationFailure.create({ message: reason, type: 'ANNOUNCEMENT_FAILED', nonRetryable: false })
    }),
  }
}

function factsOf({ event, instance, scope, digest, replaces, sinceAt, at }: AnnouncementInput): Announcement {
  return {
    ...{ event, instance, scope, digest },
    ...(replaces === undefined ? {} : { replaces }),
    ...{ since: new Date(sinceAt).toISOString(), at: new Date(at).toISOString(), ageMs: at - sinceAt },
  }
}

function isEnd(event: HoldEvent): boolean {
  return holdEnds.some((end) => end === event)
}

function approvable({ digest, reasons, losses }: Hold): Pick<Announcement, 'reasons' | 'losses' | 'approve'> {
  const codes = [...new Set(reasons.map(({ code }) => code))]
  return {
    reasons: codes.map((code) => ({ code, count: reasons.filter((reason) => reason.code === code).length })),
    losses: new Set(losses.map(({ user }) => user)).size,
    approve: `guildhall approve ${digest} --reason "…"`,
  }
}
