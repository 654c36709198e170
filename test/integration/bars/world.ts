import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeConfig } from '../../../scripts/rust-team/write.ts'
import { createActivities, type Dependencies } from '../../../worker/dependencies.ts'
import { createRelay } from '../../../worker/relay.ts'
import { approved, holdId } from '../../../workflows/hold/messages.ts'
import { propagationId } from '../../../workflows/propagation/messages.ts'
import { reconcileId, type ReconcileOutcome } from '../../../workflows/reconcile/messages.ts'
import { controlQueue, deliveryQueue, syncQueue } from '../../../workflows/task-queues.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { openTemporal } from '../workflows/harness.ts'
import { commitAll, makeRepository, openParts } from '../workflows/repository.ts'

const instance = 'guildhall'

/** A git repository and everything that brings it into force, on real servers. */
export interface World {
  readonly parts: Dependencies
  readonly repo: string
  readonly out: string
  /** The variables by which the command finds this world. */
  readonly environment: Readonly<Record<string, string>>
  /** Commits these files and no others; returns the commit. */
  commit(files: ReadonlyMap<string, string>): Promise<string>
  /** Reconciles, and propagates what became stale. */
  settle(): Promise<ReconcileOutcome>
  approve(digest: string, scope: 'instance' | `vo:${string}`): Promise<void>
  /** Propagates what became stale, until nothing is. */
  propagate(): Promise<void>
  /** How many workflows of a type were ever started. */
  countWorkflows(type: string): Promise<number>
  /** Access (VALID) as `user vo/resource`, sorted. */
  access(): Promise<readonly string[]>
  /** The newest generations by `facility/service`. */
  generations(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

/** What is otherwise than usual. */
interface Choices {
  /** Variables of the worker, for secrets. */
  readonly env?: Readonly<Record<string, string>>
  readonly deliveriesAtOnce?: number
  /** Further variables of the process, which say how it runs. */
  readonly settings?: Readonly<Record<string, string>>
  /** What some activities are instead. */
  readonly instead?: (made: ReturnType<typeof createActivities>) => Partial<ReturnType<typeof createActivities>>
  /** Comes before each first attempt at a destination. */
  readonly beforeAttempt?: (input: { readonly facility: string }) => Promise<void>
}

/** Opens a world of its own: repository, database, namespace, workers, relay on demand. */
export async function openWorld(choices: Choices = {}): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-bars-'))
  const repo = makeRepository(home)
  const database = await createTestDatabase()
  const temporal = await openTemporal()
  const { settings = {} } = choices
  const parts = await openParts({ folder: home, database, temporal, settings })
  const { client, pool, store, workflows } = parts
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const { beforeAttempt, deliveriesAtOnce = 100 } = choices
  const made = createActivities(parts, { env: choices.env ?? {}, nudge: () => undefined })
  const activities: typeof made = {
    ...made,
    ...choices.instead?.(made),
    attemptDelivery: async (input) => {
      await beforeAttempt?.(input)
      return made.attemptDelivery(input)
    },
  }
  const delivering = { taskQueue: deliveryQueue, activities, maxConcurrentActivityTaskExecutions: deliveriesAtOnce }
  const running = temporal.withWorker({ taskQueue: controlQueue, activities }, async () =>
    temporal.withWorker(delivering, async () =>
      temporal.withWorker({ taskQueue: syncQueue, activities }, async () => ended),
    ),
  )

  const propagate = async (): Promise<void> => {
    // What is stale no more, as its snapshot is there, may still be on its way to a destination.
    const asked = new Set((await store.listStale(pool)).map(({ facility }) => facility))
    const noting = {
      ...workflows,
      propagate: async (...[facility, change]: Parameters<typeof workflows.propagate>) => {
        asked.add(facility)
        await workflows.propagate(facility, change)
      },
    }
    await createRelay({ ...parts, workflows: noting, instance, now: Date.now }).run()
    await Promise.all(
      [...asked].map(async (facility) =>
        client.workflow.getHandle<() => Promise<unknown>>(propagationId(facility)).result(),
      ),
    )
  }
  const outcome = async (): Promise<ReconcileOutcome> =>
    client.workflow.getHandle<() => Promise<ReconcileOutcome>>(reconcileId(instance)).result()
  return {
    ...{ parts, repo, propagate },
    out: join(home, 'home', 'out'),
    environment: {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    },
    commit: async (files) => commit(repo, files),
    settle: async () => {
      await workflows.reconcile(instance, { cause: 'command' })
      const done = await outcome()
      await propagate()
      return done
    },
    approve: async (digest, scope) => {
      const approval = { digest, by: 'local/test', reason: 'they left', at: new Date() }
      await store.inTransaction(pool, async (tx) => store.approveHold(tx, approval))
      const handle = client.workflow.getHandle(holdId(scope))
      await handle.signal(approved, { digest })
      await handle.result()
      await outcome()
      await propagate()
    },
    countWorkflows: async (type) => (await client.workflow.count(`WorkflowType = "${type}"`)).count,
    access: async () => {
      const { rows } = await pool.query<{ pair: string }>(
        `select distinct p.identities[1] || ' ' || vo.name || '/' || r.name as pair
         from access a join person p on p.id = a.person_id
         join resource r on r.id = a.resource_id join vo on vo.id = r.vo_id
         where a.status = 'VALID' and not a.is_banned`,
      )
      return rows.map(({ pair }) => pair).sort()
    },
    generations: async () => {
      const lines = await store.listDeliveries(pool, {})
      return Object.fromEntries(lines.map((line) => [`${line.facility}/${line.service}`, line.generation ?? 0]))
    },
    close: async () => {
      end()
      try {
        await running
        await parts.close()
        await temporal.close()
        await database.drop()
      } finally {
        rmSync(home, { recursive: true, force: true })
      }
    },
  }
}

async function commit(repo: string, files: ReadonlyMap<string, string>): Promise<string> {
  const git = (...args: string[]) => execFileSync('git', ['-C', repo, ...args], { encoding: 'utf8' }).trim()
  git('rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.')
  mkdirSync(repo, { recursive: true })
  await writeConfig(repo, files)
  return commitAll(repo)
}
