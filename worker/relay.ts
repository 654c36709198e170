import type { Reached } from '../activities/crash-point.ts'
import type { WorkflowStarter } from '../activities/workflow-starter.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import type { Log } from './log.ts'
import { runPeriodically, type Periodic } from './periodic.ts'

type Store = Pick<
  typeof storeModule,
  | 'endPauses'
  | 'foldOutbox'
  | 'forgetApplicationWakes'
  | 'forgetBanWakes'
  | 'forgetDelegationWakes'
  | 'forgetHoldWakes'
  | 'forgetInvitationWakes'
  | 'forgetMailWakes'
  | 'forgetReviewWakes'
  | 'forgetWakes'
  | 'inTransaction'
  | 'listen'
  | 'listStale'
  | 'readApplicationWakes'
  | 'readBanWakes'
  | 'readDelegationWakes'
  | 'readHoldWakes'
  | 'readInvitationWakes'
  | 'readMailWakes'
  | 'readReviewWakes'
  | 'readWakes'
  | 'resendOld'
>

export interface RelayDependencies {
  readonly instance: string
  readonly pool: Pool
  readonly store: Store
  readonly workflows: Pick<
    WorkflowStarter,
    | 'finishApplication'
    | 'hold'
    | 'leaveBan'
    | 'leaveDelegation'
    | 'leaveInvitation'
    | 'propagate'
    | 'sendMail'
    | 'voidHold'
    | 'wakeClock'
    | 'watchApplication'
    | 'watchBan'
    | 'watchDelegation'
    | 'watchInvitation'
    | 'watchReview'
  >
  readonly reached: Reached
  readonly log: Log
  readonly now: () => number
}

export interface Relay {
  /** Ends pauses whose end has come, sends again what is old, folds the outbox, asks for the propagation of what is stale, tells clocks, bans, delegations, holds, applications, invitations and reviews of changes that something is due otherwise, and has mail sent. */
  run(): Promise<void>
  /** Lets the next run ask again at once for all that was asked for in vain. */
  startOver(): void
}

const foldAtOnce = 10_000
const signalsAtOnce = 20

/** What is old is looked for so often, and so much of it goes out: 2,000 destinations after an outage within 20 minutes. */
const resendEveryMs = 60_000
const resentAtOnce = 100

/** What is stale and was asked for is asked for again after so long: the workflow may have been lost. */
const askAgainAfterMs = 30_000

/** What stays stale however often it is asked for, such as a broken template, is asked for ever more rarely, down to this. */
const askAtLeastEveryMs = 15 * 60_000

async function aFewAtOnce<Item>(items: readonly Item[], tell: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += signalsAtOnce)
    await Promise.all(items.slice(start, start + signalsAtOnce).map(tell))
}

type Told = Pick<RelayDependencies, 'instance' | 'now' | 'pool' | 'store' | 'workflows'>

/** Builds what tells workflows other than propagation, one kind after the other, that there is something for them; what is told is forgotten afterwards. */
function createTellers({ instance, now, pool, store, workflows }: Told) {
  const tellClocks = async (): Promise<void> => {
    const wakes = await store.readWakes(pool)
    await aFewAtOnce(wakes.vos, workflows.wakeClock)
    await store.forgetWakes(pool, wakes)
  }

  const watchBans = async (): Promise<void> => {
    const wakes = await store.readBanWakes(pool)
    await aFewAtOnce(wakes.bans, workflows.watchBan)
    await aFewAtOnce(wakes.gone, workflows.leaveBan)
    await store.forgetBanWakes(pool, wakes)
  }

  const watchDelegations = async (): Promise<void> => {
    const wakes = await store.readDelegationWakes(pool)
    await aFewAtOnce(wakes.delegations, workflows.watchDelegation)
    await aFewAtOnce(wakes.gone, workflows.leaveDelegation)
    await store.forgetDelegationWakes(pool, wakes)
  }

  const watchHolds = async (): Promise<void> => {
    const wakes = await store.readHoldWakes(pool)
    for (const { closedAt, left = [], ...hold } of wakes.holds) {
      for (const scope of left) await workflows.voidHold(scope, { at: now() }, hold.digest)
      if (closedAt === undefined) await workflows.hold({ instance, ...hold })
      else await workflows.voidHold(hold.scope, { at: closedAt }, hold.digest)
    }
    await store.forgetHoldWakes(pool, wakes)
  }

  const watchApplications = async (): Promise<void> => {
    const wakes = await store.readApplicationWakes(pool)
    await aFewAtOnce(wakes.applications, workflows.watchApplication)
    await aFewAtOnce(wakes.ended, workflows.finishApplication)
    await store.forgetApplicationWakes(pool, wakes)
  }

  const watchInvitations = async (): Promise<void> => {
    const wakes = await store.readInvitationWakes(pool)
    await aFewAtOnce(wakes.open, workflows.watchInvitation)
    await aFewAtOnce(wakes.ended, workflows.leaveInvitation)
    await store.forgetInvitationWakes(pool, wakes)
  }

  const watchReviews = async (): Promise<void> => {
    const wakes = await store.readReviewWakes(pool)
    await aFewAtOnce(wakes.reviews, workflows.watchReview)
    await store.forgetReviewWakes(pool, wakes)
  }

  const sendMail = async (): Promise<void> => {
    const wakes = await store.readMailWakes(pool)
    if (wakes.length > 0) await workflows.sendMail()
    await store.forgetMailWakes(pool, wakes)
  }
  return [
    tellClocks,
    watchBans,
    watchDelegations,
    watchHolds,
    watchApplications,
    watchInvitations,
    watchReviews,
    sendMail,
  ]
}

/** Builds the relay: level-triggered, it works from what is stale, not from what it remembers to have been told. */
export function createRelay(dependencies: RelayDependencies): Relay {
  const { pool, store, workflows, reached, log, now } = dependencies
  const asked = new Map<string, Asked>()
  const tellers = createTellers(dependencies)
  let resentAt = -Infinity

  const resend = async (): Promise<void> => {
    if (now() - resentAt < resendEveryMs) return
    resentAt = now()
    await store.inTransaction(pool, async (tx) => store.resendOld(tx, { now: new Date(now()), limit: resentAtOnce }))
  }

  const fold = async (): Promise<Map<string, number>> => {
    const priorities = new Map<string, number>()
    for (;;) {
      reached('relay.before-fold')
      const { folded, facilities } = await store.inTransaction(pool, async (tx) => store.foldOutbox(tx, foldAtOnce))
      if (folded > 0) reached('relay.after-fold')
      for (const { facility, priority } of facilities) {
        priorities.set(facility, Math.min(priority, priorities.get(facility) ?? priority))
      }
      if (folded < foldAtOnce) return priorities
    }
  }

  const propagate = async (): Promise<void> => {
    const priorities = await fold()
    const stale = await store.listStale(pool)
    const due = stale.filter((one) => priorities.has(one.facility) || isDue(asked.get(one.facility), one, now()))
    const urgent = due.sort((a, b) => (priorities.get(a.facility) ?? 3) - (priorities.get(b.facility) ?? 3))
    forget(asked, stale)
    await aFewAtOnce(urgent, async (one) => {
      const priority = priorities.get(one.facility) ?? 3
      await workflows.propagate(one.facility, { services: one.services, priority })
      asked.set(one.facility, {
        what: fingerprint(one),
        times: timesAsked(asked.get(one.facility), one) + 1,
        at: now(),
      })
    })
    if (urgent.length > 0) log.debug({ facilities: urgent.length }, 'Asked for propagation')
  }

  return {
    run: async () => {
      await store.inTransaction(pool, async (tx) => store.endPauses(tx, new Date(now())))
      await resend()
      await propagate()
      for (const tell of tellers) await tell()
    },
    startOver: () => {
      for (const [facility, { times }] of asked) if (times > 1) asked.delete(facility)
    },
  }
}

/** Runs the relay on every hint of the database, and every second without one; a nudge lets it also start over. */
export async function startRelay(dependencies: RelayDependencies): Promise<Periodic> {
  const relay = createRelay(dependencies)
  const { log, pool, store } = dependencies
  const periodic = runPeriodically({ name: 'relay', everyMs: () => 1_000, work: () => relay.run(), log })
  const stopListening = await store.listen(pool, () => periodic.nudge())
  return {
    nudge: () => {
      relay.startOver()
      periodic.nudge()
    },
    stop: async () => {
      await stopListening()
      await periodic.stop()
    },
  }
}

interface Stale {
  readonly facility: string
  readonly services: readonly string[]
  readonly wanted: string
}

/** What was asked for last, and how often in a row. */
interface Asked {
  readonly what: string
  readonly times: number
  readonly at: number
}

function isDue(last: Asked | undefined, stale: Stale, now: number): boolean {
  const times = timesAsked(last, stale)
  if (last === undefined || times === 0) return true
  return now - last.at >= Math.min(askAtLeastEveryMs, askAgainAfterMs * 2 ** (times - 1))
}

function timesAsked(last: Asked | undefined, stale: Stale): number {
  return last?.what === fingerprint(stale) ? last.times : 0
}

function fingerprint({ services, wanted }: Stale): string {
  return `${wanted} ${services.join(' ')}`
}

function forget(asked: Map<string, unknown>, stale: readonly Stale[]): void {
  const names = new Set(stale.map(({ facility }) => facility))
  for (const facility of asked.keys()) if (!names.has(facility)) asked.delete(facility)
}
