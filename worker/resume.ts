import type { Client } from '@temporalio/client'
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client'
import { resumeSyncs, type KeepSyncsDependencies } from '../activities/keep-syncs.ts'
import type { WorkflowStarter } from '../activities/workflow-starter.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { reconcileId } from '../workflows/reconcile/messages.ts'
import { resyncId, type ResyncInput } from '../workflows/resync/messages.ts'
import { controlQueue } from '../workflows/task-queues.ts'

type Store = Pick<
  typeof storeModule,
  | 'isMailWaiting'
  | 'listClocks'
  | 'listDeliveries'
  | 'listEndingBans'
  | 'listEndingDelegations'
  | 'listHolds'
  | 'listOpenApplications'
  | 'listOpenReviews'
  | 'listStale'
  | 'listWatchedInvitations'
  | 'nextDigestAt'
>

export interface ResumeDependencies {
  readonly instance: string
  readonly pool: Pool
  readonly store: KeepSyncsDependencies['store'] & Store
  readonly client: Client
  readonly workflows: WorkflowStarter
}

/** What was started or found running. */
export interface Resumed {
  readonly holds: number
  readonly facilities: number
  readonly deliveries: number
  readonly clocks: number
  readonly bans: number
  readonly delegations: number
  readonly applications: number
  readonly invitations: number
  readonly reviews: number
  readonly syncs: number
}

const normalPriority = 3

/** Starts every workflow that PostgreSQL says is needed; by their ids, those that run already are only told. */
export async function resume(dependencies: ResumeDependencies): Promise<Resumed> {
  const { instance, pool, store, workflows } = dependencies
  await ensureSchedule(dependencies)
  const holds = await store.listHolds(pool)
  for (const { kind, scope, digest, since } of holds) {
    const change = kind === 'commit' ? {} : { kind }
    await workflows.hold({ instance, scope, ...change, digest, sinceAt: since.getTime() })
  }
  const lines = await store.listDeliveries(pool, {})
  const waiting = lines.filter(
    ({ state, block, generation }) =>
      state !== 'delivered' && block === undefined && generation !== null && generation > 0,
  )
  const stale = (await store.listStale(pool)).flatMap(({ facility, services }) =>
    services.map((service) => ({ facility, service })),
  )
  const pending = groupByFacility([...stale, ...waiting.filter(({ state }) => state === 'pending')])
  for (const [facility, services] of pending)
    await workflows.propagate(facility, { services, priority: normalPriority })
  const failing = waiting.filter(({ state }) => state !== 'pending')
  for (const { facility, service, destination } of failing) await workflows.deliver({ facility, service, destination })
  const counts = {
    ...{ holds: holds.length, facilities: pending.size, deliveries: failing.length },
    clocks: await startEach(await store.listClocks(pool), (one) => workflows.wakeClock(one)),
    bans: await startEach(await store.listEndingBans(pool), (one) => workflows.watchBan(one)),
    delegations: await startEach(await store.listEndingDelegations(pool), (one) => workflows.watchDelegation(one)),
    applications: await startEach(await store.listOpenApplications(pool), (one) => workflows.watchApplication(one)),
    invitations: await startEach(await store.listWatchedInvitations(pool), (one) => workflows.watchInvitation(one)),
    reviews: await startEach(await store.listOpenReviews(pool), (one) => workflows.watchReview(one)),
    syncs: await resumeSyncs(dependencies),
  }
  if ((await store.isMailWaiting(pool)) || (await store.nextDigestAt(pool)) !== undefined) await workflows.sendMail()
  await workflows.reconcile(instance, { cause: 'resume' })
  return counts
}

async function startEach<Item>(items: readonly Item[], start: (item: Item) => Promise<void>): Promise<number> {
  for (const item of items) await start(item)
  return items.length
}

/** Makes sure of the Schedule that looks at everything once an hour. */
async function ensureSchedule({ client, instance }: ResumeDependencies): Promise<void> {
  const input: ResyncInput = { instance }
  try {
    await client.schedule.create({
      scheduleId: reconcileId(instance),
      spec: { intervals: [{ every: '60m' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10m' },
      action: {
        type: 'startWorkflow',
        workflowType: 'resync',
        workflowId: resyncId(instance),
        taskQueue: controlQueue,
        args: [input],
        memo: { instance },
        staticSummary: `Ask for a reconcile of ${instance}`,
      },
    })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
}

function groupByFacility(
  lines: readonly { readonly facility: string; readonly service: string }[],
): Map<string, string[]> {
  const services = new Map<string, Set<string>>()
  for (const { facility, service } of lines) {
    const known = services.get(facility) ?? new Set<string>()
    services.set(facility, known.add(service))
  }
  return new Map([...services].map(([facility, names]) => [facility, [...names]]))
}
