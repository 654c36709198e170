import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { createApplicationActivities, type SettledAct } from '../../../activities/applications.ts'
import * as store from '../../../store/index.ts'
import {
  applicationId,
  approve,
  reject,
  requestChanges,
  startedByUpdate,
  watchApplication,
  withdraw,
  type ApplicationOutcome,
} from '../../../workflows/application/messages.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { controlQueue } from '../../../workflows/task-queues.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { compileSchema } from '../store/applications-world.ts'
import { add, apply, document, row, smallWorld } from '../store/world.ts'
import { openTemporal, quietActivities } from '../workflows/harness.ts'

jest.setTimeout(600_000)

const each = 100
const atOnce = 20
const updates = { approve, reject, 'request-changes': requestChanges, withdraw } as const
type Act = keyof typeof updates

/** How an application comes to wait, and how it ends; by idp/ada, but for what only the person does. */
interface Waiting {
  readonly vo: string
  readonly group?: string
  readonly before: readonly Act[]
  readonly last: Act
  readonly by: 'ada' | 'grace' | 'self'
  readonly outcome: ApplicationOutcome['kind']
}

const states: Readonly<Record<string, Waiting>> = {
  'a decision': { vo: 'astro', before: [], last: 'approve', by: 'ada', outcome: 'approved' },
  'a second decision': { vo: 'bio', before: ['approve'], last: 'approve', by: 'grace', outcome: 'approved' },
  'other answers': { vo: 'astro', before: ['request-changes'], last: 'reject', by: 'ada', outcome: 'rejected' },
  'a place': { vo: 'full', before: ['approve'], last: 'withdraw', by: 'self', outcome: 'withdrawn' },
  'the membership of the VO': {
    vo: 'chem',
    group: 'board',
    before: [],
    last: 'withdraw',
    by: 'self',
    outcome: 'withdrawn',
  },
}

const workflows = fileURLToPath(new URL('../../../workflows', import.meta.url))

/** The workflow with one more activity before each look, behind `patched`. */
function nextVersion(folder: string): string {
  const source = readFileSync(join(workflows, 'application', 'workflow.ts'), 'utf8')
  const place = '    const look = await lookAtApplication'
  expect(source.split(place)).toHaveLength(2)
  const changed = source
    .replace(place, `    if (patched('one-more')) await lookAtApplication({ id, now: Date.now() })\n${place}`)
    .replace('  proxyActivities,\n', '  patched,\n  proxyActivities,\n')
    .replaceAll(`from '../`, `from '${workflows}/`)
    .replaceAll(`from './`, `from '${workflows}/application/`)
  symlinkSync(join(workflows, '..', 'node_modules'), join(folder, 'node_modules'))
  const file = join(folder, 'next-version.ts')
  writeFileSync(file, changed)
  return file
}

describe('500 applications that wait while the worker is replaced, and put back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-next-version-'))
  let temporal: TestTemporal
  let database: TestDatabase
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    const managers = [{ user: 'idp/ada' }, { user: 'idp/grace' }]
    const join = (vo: string, more: object = {}) =>
      add(document('Form', 'join', { for: 'initial', items: [], ...more }, vo))
    await apply(database.pool, [
      ...smallWorld(),
      add(document('VO', 'bio', { managers })),
      add(document('VO', 'full', { managers, maxMembers: 1 })),
      add(document('Group', 'all', {}, 'full')),
      row('add', 'full/all', 'idp/ada'),
      add(document('VO', 'chem', { managers })),
      add(document('Group', 'board', {}, 'chem')),
      ...['astro', 'full', 'chem'].map((vo) => join(vo)),
      join('bio', { approval: { steps: [{ by: 'managers', quorum: 2 }] } }),
      add(document('Form', 'board', { for: 'initial', group: 'board', items: [] }, 'chem')),
    ])
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  const withVersion = <T>(work: () => Promise<T>, workflowsPath?: string): Promise<T> => {
    const activities = {
      ...quietActivities(),
      ...createApplicationActivities({ pool: database.pool, store, compileSchema, reached: () => undefined }),
    }
    return temporal.withWorker({ taskQueue: controlQueue, activities, ...(workflowsPath && { workflowsPath }) }, work)
  }

  async function file(identity: string, vo: string, group?: string): Promise<number> {
    const answer = await store.inTransaction(database.pool, (tx) =>
      store.fileApplication(tx, {
        ...{ vo, kind: 'initial', identity, answers: {}, cause: { actor: identity }, now: new Date(), compileSchema },
        ...(group === undefined ? {} : { group }),
      }),
    )
    if ('refused' in answer) throw new Error(answer.refused.message)
    return answer.application
  }

  async function act(name: Act, application: number, actor: string): Promise<SettledAct> {
    const noted = await store.inTransaction(database.pool, (tx) =>
      store.noteAct(tx, { application, act: name, actor, reason: 'because', cause: { actor }, now: new Date() }),
    )
    return temporal.client.workflow.executeUpdateWithStart(updates[name], {
      args: [{ act: noted }],
      updateId: noted,
      startWorkflowOperation: new WithStartWorkflowOperation('application', startedByUpdate(application)),
    })
  }

  interface Applied {
    readonly id: number
    readonly identity: string
    readonly waiting: Waiting
  }

  async function comeToWait(identity: string, waiting: Waiting): Promise<Applied> {
    const { vo, group, before } = waiting
    if (group !== undefined) await file(identity, vo)
    const id = await file(identity, vo, group)
    for (const name of before) expect(await act(name, id, 'idp/ada')).toEqual({ kind: 'done' })
    // One that nobody did anything to is started as the relay does it.
    await temporal.client.workflow.signalWithStart('application', watchApplication(id))
    return { id, identity, waiting }
  }

  /** Answers once the workflow is over: what a version has begun behind `patched` it ends. */
  async function decide({ id, identity, waiting: { last, by } }: Applied): Promise<SettledAct> {
    const settled = await act(last, id, by === 'self' ? identity : `idp/${by}`)
    await temporal.client.workflow.getHandle(applicationId(id)).result()
    return settled
  }

  it('are each finished by the next decision, and no task of any workflow fails', async () => {
    const wanted = Object.values(states).flatMap((waiting, state) =>
      Array.from({ length: each }, (_, index) => ({ identity: `idp/p${state}-${index}`, waiting })),
    )
    const applied = await withVersion(async () => {
      const all = await fewAtOnce(wanted, ({ identity, waiting }) => comeToWait(identity, waiting))
      await fewAtOnce(all, ({ id }) => untilLooked(id))
      return all
    })
    const [meanwhile, afterwards] = [
      applied.filter((_, place) => place % 2 === 0),
      applied.filter((_, place) => place % 2 === 1),
    ]

    const outcomes = [
      ...(await withVersion(() => fewAtOnce(meanwhile, decide), nextVersion(folder))),
      ...(await withVersion(() => fewAtOnce(afterwards, decide))),
    ]

    expect(outcomes.filter(({ kind }) => kind !== 'done')).toEqual([])
    const traces = await fewAtOnce([...meanwhile, ...afterwards], ({ id }) => traceOf(id))
    const trace = ({ waiting: { outcome } }: Applied, isPatched: boolean) => ({ outcome, isPatched, failedTasks: 0 })
    expect(traces).toEqual([...meanwhile.map((one) => trace(one, true)), ...afterwards.map((one) => trace(one, false))])
  })

  async function untilLooked(id: number): Promise<void> {
    const isThere = async () => {
      const { events } = await temporal.client.workflow.getHandle(applicationId(id)).fetchHistory()
      return events?.some(({ activityTaskCompletedEventAttributes: done }) => done) === true
    }
    expect(await waitUntil(isThere, 60_000)).toBe(true)
  }

  async function traceOf(id: number): Promise<object> {
    const handle = temporal.client.workflow.getHandle<() => Promise<ApplicationOutcome>>(applicationId(id))
    const { kind } = await handle.result()
    const { events = [] } = await handle.fetchHistory()
    return {
      outcome: kind,
      isPatched: events?.some(({ markerRecordedEventAttributes: marker }) => marker) === true,
      failedTasks: events?.filter(({ workflowTaskFailedEventAttributes: failed }) => failed).length,
    }
  }
})

async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const lane = async () => {
    for (const [place, item] of waiting) results[place] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return results
}
