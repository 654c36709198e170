import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApplicationFailure, heartbeat } from '@temporalio/activity'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { previewRun } from '../../../activities/sync-preview.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import { createActivities, type Dependencies } from '../../../worker/dependencies.ts'
import { createRelay } from '../../../worker/relay.ts'
import { resume } from '../../../worker/resume.ts'
import { propagationId } from '../../../workflows/propagation/messages.ts'
import { reconcileId } from '../../../workflows/reconcile/messages.ts'
import { syncId } from '../../../core/model/sync-place.ts'
import { run as runCommand, type Ran } from '../../cli/run-program.ts'
import { ground, peopleService } from '../../support/documents.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal, withWorkers } from './harness.ts'
import { commitAll, makeRepository, openParts } from './repository.ts'

jest.setTimeout(120_000)

const instance = 'guildhall'
const place = { source: 'hr', vo: 'astro', group: 'staff' }

function documents(sync = '  sync: { source: hr, every: PT1H }'): string {
  return `${ground}---
${peopleService}---
apiVersion: guildhall/v1
kind: Source
metadata: { name: hr }
spec: { type: csv, loa: 1, options: { file: people.csv }, vos: [astro], login: '\${id}' }
---
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
spec: { managers: [{ user: github/root }] }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: staff }
spec:
  allowEmpty: true
${sync}
---
apiVersion: guildhall/v1
kind: Resource
metadata: { vo: astro, name: batch }
spec: { facility: hpc, services: [people], groups: [staff] }
`
}

const csv = (...people: readonly string[]): string => ['id', ...people, ''].join('\n')

describe('from a source to a file', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-synced-'))
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

  function commit(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(repo, name), text)
    commitAll(repo)
  }

  function delivered(): readonly string[] {
    const text = readFileSync(join(home, 'home', 'out', 'hpc', 'people', 'people.json'), 'utf8')
    return [...text.matchAll(/"identities": ?\["(hr\/\w+)"/g)].map(([, user = '']) => user).sort()
  }

  async function reconcile(): Promise<unknown> {
    await world.workflows.reconcile(instance, { cause: 'command' })
    const outcome: unknown = await world.client.workflow.result(reconcileId(instance))
    return outcome
  }

  /** Brings a commit into force; what it makes run, runs to its end. */
  async function apply(files: Readonly<Record<string, string>>, awaited?: string): Promise<unknown> {
    commit(files)
    const activities = createActivities(world, { env: {}, nudge: () => undefined })
    return withWorkers(temporal, activities, async () => {
      const outcome = await reconcile()
      const run: unknown = awaited === undefined ? outcome : await world.client.workflow.result(awaited)
      await createRelay({ ...world, instance, now: Date.now }).run()
      await world.client.workflow.result(propagationId('hpc')).catch(() => undefined)
      return run
    })
  }

  const listed = async () => world.store.listSyncStatus(world.pool)

  it('a commit that asks for a sync has it run at once, and again each hour', async () => {
    const run = await apply({ 'all.yaml': documents(), 'people.csv': csv('ada', 'grace') }, syncId(place))

    const schedule = await world.client.schedule.getHandle(syncId(place)).describe()
    expect(run).toEqual({ kind: 'changed', subjects: 2, added: 2, changed: 0, removed: 0, skipped: 0 })
    expect(delivered()).toEqual(['hr/ada', 'hr/grace'])
    expect(schedule.spec.intervals?.map(({ every }) => every)).toEqual([3_600_000])
    expect(await listed()).toMatchObject([{ source: 'hr', vo: 'astro', group: 'staff', last: { outcome: 'changed' } }])
  })

  it('a commit that changes the file that is read has it read', async () => {
    const run = await apply({ 'people.csv': csv('ada', 'grace', 'linus') }, syncId(place))

    expect(run).toMatchObject({ kind: 'changed', added: 1, removed: 0 })
    expect(delivered()).toEqual(['hr/ada', 'hr/grace', 'hr/linus'])
  })

  it('a file that is no more changes nobody, and the run says which', async () => {
    rmSync(join(repo, 'people.csv'))

    const run = await apply({}, syncId(place))

    expect(run).toMatchObject({ kind: 'failed', added: 0, removed: 0 })
    expect(delivered()).toEqual(['hr/ada', 'hr/grace', 'hr/linus'])
    expect(await listed()).toMatchObject([
      {
        failingSince: expect.any(String),
        last: {
          error: expect.stringMatching(
            /^Cannot read "people\.csv": commit \w{12} of the configuration repository has no such file; add it, or correct the path$/,
          ),
        },
      },
    ])
  })

  it('a preview tells what a run would do, and does nothing', async () => {
    const dependencies = {
      ...{ pool: world.pool, store: world.store, sourceTypes, compileSchema: world.configuration.compileSchema },
      environment: { in: home, allowedPrivate: [] },
      secret: async () => '',
      readFile: async () => Buffer.from(csv('ada', 'grace', 'joan')),
    }

    const [preview] = await previewRun(dependencies, place, {
      now: new Date(),
      signal: new AbortController().signal,
      report: () => undefined,
    })

    expect(preview?.result).toMatchObject({ outcome: 'changed', added: 1, removed: 1 })
    expect(preview?.changes).toEqual([
      { action: 'join', user: 'hr/joan', group: 'staff', expires: null },
      { action: 'leave', user: 'hr/linus', group: 'staff', expires: null },
    ])
    expect(await listed()).toMatchObject([{ last: { outcome: 'failed' } }])
    expect(delivered()).toEqual(['hr/ada', 'hr/grace', 'hr/linus'])
  })

  it('the command runs a sync and waits for it, and tells how all stand', async () => {
    const guildhall = async (...args: readonly string[]): Promise<Ran> => {
      const { address, namespace } = temporal
      const env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }
      return runCommand(args, { env, cwd: home, now: () => new Date() })
    }
    const activities = createActivities(world, { env: {}, nudge: () => undefined })
    const stop = async () => Promise.reject(ApplicationFailure.nonRetryable('OBJECT_UNKNOWN'))
    const failed = await withWorkers(temporal, activities, async () => guildhall('sync', 'run', 'hr'))
    await apply({ 'people.csv': csv('ada', 'grace', 'linus') }, syncId(place))
    const ran = await withWorkers(temporal, activities, async () => guildhall('sync', 'run', 'hr', '--vo', 'astro'))
    const status = await guildhall('sync', 'status', 'hr')
    const unknown = await guildhall('sync', 'status', 'hrr')
    const elsewhere = await guildhall('sync', 'run', 'hr', '--vo', 'astro', '--group', 'stuff')
    const stopping = { ...activities, runSync: stop }
    const stopped = await withWorkers(temporal, stopping, async () => guildhall('sync', 'run', 'hr'))

    expect([failed.exitCode, failed.stdout]).toEqual([
      1,
      expect.stringMatching(/^hr\/astro\/staff: nobody changed: Cannot read "people\.csv"/),
    ])
    expect(ran).toEqual({ exitCode: 0, stderr: '', stdout: 'hr/astro/staff: nothing to change; 3 people read\n' })
    expect(status.stdout).toMatch(
      /^SYNC +OF +LAST RUN .*\nhr\/astro\/staff +members +\S+ \S+ UTC +unchanged +3 +0 +0 +0 +0 +\S+ \S+ UTC +\d{4}-.*\nhr\/astro\/staff: nobody changed on \S+ \S+ UTC: Cannot read "people\.csv"/,
    )
    expect(stopped).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(
        /^hr\/astro\/staff: nobody changed: the run was stopped: .*; the log of the worker/,
      ),
    })
    expect(elsewhere).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        '"hr/astro/stuff": no document in force asks for that; did you mean "hr/astro/staff"?',
      ),
    })
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('did you mean "hr"') })
  })

  it('on a terminal the command tells how far it is', async () => {
    const { address, namespace } = temporal
    const env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }
    const told: string[] = []
    let heard: () => void = () => undefined
    const isHeard = new Promise<void>((resolve) => (heard = resolve))
    const complain = (text: string): void => {
      told.push(text)
      heard()
    }
    const runSync = async () => {
      heartbeat({ read: 1_234 })
      await isHeard
      return { kind: 'unchanged', subjects: 1_234, added: 0, changed: 0, removed: 0, skipped: 0 } as const
    }
    const activities = { ...createActivities(world, { env: {}, nudge: () => undefined }), runSync }

    const ran = await withWorkers(temporal, activities, async () =>
      runCommand(['sync', 'run', 'hr', '--json'], { env, cwd: home, isTerminal: true, complain }),
    )

    expect(told).toEqual(['hr/astro/staff: 1234 records read …\n'])
    expect(JSON.parse(ran.stdout)).toMatchObject({ runs: [{ outcome: 'unchanged', subjects: 1_234, fills: true }] })
  })

  it('what is frozen is not synced, and is once the freeze is lifted', async () => {
    const about = { by: 'local/root', at: new Date() } as const
    const frozen = { ...about, reason: 'move' }
    await world.store.inTransaction(world.pool, async (tx) => world.store.freeze(tx, frozen))
    const activities = createActivities(world, { env: {}, nudge: () => undefined })
    const kinds = await withWorkers(temporal, activities, async () => {
      await world.workflows.startSync(place)
      const during: unknown = await world.client.workflow.result(syncId(place))
      await reconcile()
      await world.store.inTransaction(world.pool, async (tx) => world.store.unfreeze(tx, about))
      await reconcile()
      const after: unknown = await world.client.workflow.result(syncId(place))
      return [during, after]
    })

    expect(kinds).toMatchObject([{ kind: 'frozen' }, { kind: 'unchanged' }])
  })

  it('a Temporal that lost everything gets its Schedules again', async () => {
    const emptied = await openTemporal()
    const again = await openParts({ folder: home, database, temporal: emptied })

    const { syncs } = await resume({ ...again, instance })

    const { info } = await again.client.schedule.getHandle(syncId(place)).describe()
    expect({ syncs, isDue: info.nextActionTimes.length > 0 }).toEqual({ syncs: 1, isDue: true })
    await again.close()
    await emptied.close()
  })

  it('a commit that drops the sync ends what it gave, and its Schedule', async () => {
    const outcome = await apply({ 'all.yaml': documents('') })

    expect(outcome).toMatchObject({ kind: 'applied' })
    expect(delivered()).toEqual([])
    expect(await listed()).toEqual([])
    await expect(world.client.schedule.getHandle(syncId(place)).describe()).rejects.toThrow('not found')
  })
})
