import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createActivities, type Dependencies } from '../../../worker/dependencies.ts'
import { createRelay } from '../../../worker/relay.ts'
import { resume } from '../../../worker/resume.ts'
import { deliveryId } from '../../../workflows/delivery/messages.ts'
import { approved, holdId } from '../../../workflows/hold/messages.ts'
import { propagationId } from '../../../workflows/propagation/messages.ts'
import { reconcileId } from '../../../workflows/reconcile/messages.ts'
import { ground, peopleService } from '../../support/documents.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal, withWorkers } from './harness.ts'
import { commitAll, makeRepository, openParts } from './repository.ts'

jest.setTimeout(120_000)

const instance = 'guildhall'
const everybody = Array.from({ length: 12 }, (_, index) => `github/p${String(index).padStart(2, '0')}`)

function documents(members: readonly string[]): string {
  return `${ground}---
${peopleService}---
apiVersion: guildhall/v1
kind: Facility
metadata: { name: hpc }
spec:
  owners: [{ name: Computing centre, email: hpc@example.org, type: technical }]
  services: { people: {} }
  destinations: [{ name: files, services: [people], type: directory, options: { path: hpc } }]
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec:
  managers: [{ user: github/root }]
  members: [${members.join(', ')}]
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: batch }
spec: { facility: hpc, services: [people], groups: [members] }
`
}

describe('from a commit to a file', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-whole-'))
  const repo = makeRepository(home)
  let database: TestDatabase
  let temporal: TestTemporal
  let world: Dependencies

  beforeAll(async () => {
    database = await createTestDatabase()
    temporal = await openTemporal()
    world = await openParts({ folder: home, database, temporal })
  })
  afterAll(async () => {
    await world.close()
    await temporal.close()
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  })

  function commit(text: string): void {
    writeFileSync(join(repo, 'all.yaml'), text)
    commitAll(repo)
  }

  function delivered(): readonly string[] {
    const text = readFileSync(join(home, 'home', 'out', 'hpc', 'people', 'people.json'), 'utf8')
    return [...text.matchAll(/"identities": ?\["(github\/p\d+)"/g)].map(([, user = '']) => user).sort()
  }

  async function run<T>(work: () => Promise<T>, { on = world, at = temporal } = {}): Promise<T> {
    const activities = createActivities(on, { env: {}, nudge: () => undefined })
    return withWorkers(at, activities, work)
  }

  async function reconcile(): Promise<unknown> {
    await world.workflows.reconcile(instance, { cause: 'command' })
    const outcome: unknown = await world.client.workflow.result(reconcileId(instance))
    return outcome
  }

  async function relay(): Promise<void> {
    await createRelay({ ...world, instance, now: Date.now }).run()
    await world.client.workflow.result(propagationId('hpc'))
  }

  it('a commit becomes a file, and a second look plans nothing', async () => {
    commit(documents(everybody))

    const outcomes = await run(async () => {
      const first = await reconcile()
      await relay()
      return [first, await reconcile()]
    })

    expect(outcomes).toMatchObject([{ kind: 'applied' }, { kind: 'nothing', applied: 0, held: 0 }])
    expect(delivered()).toEqual(everybody)
  })

  it('a change that takes away too much waits for its approval, and goes through once', async () => {
    const half = everybody.slice(0, 6)
    commit(documents(half))

    const { held, before } = await run(async () => {
      const outcome = await reconcile()
      const seen = { held: outcome, before: delivered() }
      const [hold] = await world.store.listHolds(world.pool)
      const digest = hold?.digest ?? ''
      const approval = { digest, by: 'local/test', reason: 'the project ended', at: new Date() }
      await world.store.inTransaction(world.pool, async (tx) => world.store.approveHold(tx, approval))
      const handle = world.client.workflow.getHandle(holdId('vo:astro'))
      await handle.signal(approved, { digest })
      await handle.result()
      await world.client.workflow.result(reconcileId(instance))
      await relay()
      return seen
    })

    const unspent = await world.store.findApprovals(world.pool, { after: new Date(0) })
    expect({ held, before }).toMatchObject({ held: { kind: 'held', held: 1 }, before: everybody })
    expect({ now: delivered(), holds: await world.store.listHolds(world.pool), unspent }).toEqual({
      now: half,
      holds: [],
      unspent: [],
    })
  })

  it('a destination that fails gets its own workflow, which ends once it works again', async () => {
    const blocked = join(home, 'home', 'out', 'hpc', 'people')
    const more = everybody.slice(0, 7)
    commit(documents(more))
    rmSync(blocked, { recursive: true, force: true })
    writeFileSync(blocked, 'in the way')

    await run(async () => {
      await reconcile()
      await relay()
      const target = { facility: 'hpc', service: 'people', destination: 'files' }
      const handle = world.client.workflow.getHandle(deliveryId(target))
      expect((await handle.describe()).status.name).toBe('RUNNING')
      rmSync(blocked)
      await world.workflows.deliver(target)
      await handle.result()
    })

    expect(delivered()).toEqual(more)
  })

  it('an empty Temporal is filled again from PostgreSQL', async () => {
    const most = everybody.slice(0, 8)
    commit(documents(most))
    await run(reconcile)
    const emptied = await openTemporal()
    const again = await openParts({ folder: home, database, temporal: emptied })

    const resumed = await run(
      async () => {
        await createRelay({
          ...again,
          instance,
          workflows: {
            hold: async () => undefined,
            voidHold: async () => undefined,
            propagate: async () => undefined,
            sendMail: async () => undefined,
            wakeClock: async () => undefined,
            watchApplication: async () => undefined,
            finishApplication: async () => undefined,
            watchBan: async () => undefined,
            watchDelegation: async () => undefined,
            leaveDelegation: async () => undefined,
            watchReview: async () => undefined,
            leaveBan: async () => undefined,
            watchInvitation: async () => undefined,
            leaveInvitation: async () => undefined,
          },
          now: Date.now,
        }).run()
        const counts = await resume({ ...again, instance })
        await again.client.workflow.result(propagationId('hpc'))
        await again.client.workflow.result(reconcileId(instance))
        return counts
      },
      { on: again, at: emptied },
    )
    await again.close()
    await emptied.close()

    expect({ resumed, delivered: delivered() }).toEqual({
      resumed: {
        holds: 0,
        facilities: 1,
        deliveries: 0,
        clocks: 1,
        bans: 0,
        delegations: 0,
        applications: 0,
        invitations: 0,
        reviews: 0,
        syncs: 0,
      },
      delivered: most,
    })
  })
})
