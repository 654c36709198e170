import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { createApplicationActivities, type SettledAct } from '../../../activities/applications.ts'
import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import * as store from '../../../store/index.ts'
import {
  applicationId,
  approve,
  reject,
  requestChanges,
  resubmit,
  startedByUpdate,
  watchApplication,
  type ApplicationOutcome,
} from '../../../workflows/application/messages.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { createWorkflowStarter } from '../../../worker/workflow-client.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, document, smallWorld } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

const compileSchema = (schema: JsonObject) => compileCheck(schema)

function form(vo: string, approval: object) {
  const items = [{ name: 'why', type: 'text', required: true }]
  return add(document('Form', 'join', { for: 'initial', items, approval }, vo))
}

describe('application/<id>', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    await apply(database.pool, [
      ...smallWorld(),
      add(document('VO', 'bio', { managers: [{ user: 'idp/ada' }] })),
      form('astro', {
        steps: [{ by: 'managers', quorum: 2, escalateAfter: 'P7D', escalateTo: { user: 'idp/grace' } }],
      }),
      form('bio', { rejectAfter: 'P30D' }),
    ])
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
  })

  const real = () => ({
    ...quietActivities(),
    ...createApplicationActivities({ pool: database.pool, store, compileSchema, reached: () => undefined }),
  })
  const handleOf = (id: number) =>
    temporal.client.workflow.getHandle<() => Promise<ApplicationOutcome>>(applicationId(id))

  async function file(identity: string, vo: string): Promise<number> {
    const answer = await store.inTransaction(database.pool, (tx) =>
      store.fileApplication(tx, {
        ...{ vo, kind: 'initial', identity, answers: { why: 'I want to' }, cause: { actor: identity } },
        ...{ now: new Date(), compileSchema },
      }),
    )
    if ('refused' in answer) throw new Error(answer.refused.message)
    return answer.application
  }

  const updates = { approve, reject, 'request-changes': requestChanges, resubmit } as const

  /** Does something by an update that starts the workflow where it does not run. */
  // eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a story
  async function act(
    name: Extract<ApplicationAct, keyof typeof updates>,
    application: number,
    actor: string,
    answers?: JsonObject,
  ): Promise<SettledAct> {
    const noted = await note(name, application, actor, answers)
    return temporal.client.workflow.executeUpdateWithStart(updates[name], {
      args: [{ act: noted }],
      updateId: noted,
      startWorkflowOperation: new WithStartWorkflowOperation('application', startedByUpdate(application)),
    })
  }

  // eslint-disable-next-line @typescript-eslint/max-params -- as above
  async function note(name: ApplicationAct, application: number, actor: string, answers?: JsonObject): Promise<string> {
    return store.inTransaction(database.pool, (tx) =>
      store.noteAct(tx, {
        ...{ application, act: name, actor, reason: 'because', cause: { actor }, now: new Date() },
        ...(answers === undefined ? {} : { answers }),
      }),
    )
  }

  it('settles what people do to it, sleeps between, lets others decide after a week, and ends with the membership', async () => {
    const id = await file('idp/new', 'astro')

    const told = await withWorkers(temporal, real(), async () => {
      const outcomes = [
        await act('approve', id, 'idp/new'),
        await act('request-changes', id, 'idp/ada'),
        await act('resubmit', id, 'idp/new', { why: 'I want to, much' }),
        await act('approve', id, 'idp/ada'),
        await act('approve', id, 'idp/grace'),
      ]
      await skipTime(temporal.client, handleOf(id))
      await waitUntil(async () => (await store.showApplication(database.pool, id))?.isEscalated === true, 30_000)
      outcomes.push(await act('approve', id, 'idp/grace'))
      return { outcomes, ended: await handleOf(id).result() }
    })

    expect(told).toEqual({
      outcomes: [
        { kind: 'refused', reason: 'own-application' },
        { kind: 'done' },
        { kind: 'done' },
        { kind: 'done' },
        { kind: 'refused', reason: 'not-eligible' },
        { kind: 'done' },
      ],
      ended: { kind: 'approved' },
    })
    const { members } = await store.listMembers(database.pool, { vo: 'astro' })
    expect(members).toContainEqual(expect.objectContaining({ user: 'idp/new', status: 'VALID' }))
    await keepHistory(temporal.client, { workflowId: applicationId(id), scenario: 'approved' })
  })

  it('is rejected where nobody decides in time', async () => {
    const id = await file('idp/quiet', 'bio')

    const ended = await withWorkers(temporal, real(), async () => {
      await skipTime(
        temporal.client,
        await temporal.client.workflow.signalWithStart('application', watchApplication(id)),
      )
      return handleOf(id).result()
    })

    expect(ended).toEqual({ kind: 'rejected' })
    expect(await store.showApplication(database.pool, id)).toMatchObject({
      ...{ state: 'rejected', reason: 'silence: nobody decided in time' },
    })
    await keepHistory(temporal.client, { workflowId: applicationId(id), scenario: 'silence' })
  })

  it('is looked after once where it has ended, whatever is told of it afterwards', async () => {
    const starter = createWorkflowStarter(temporal.client, 'main')
    const [ran, never] = [await file('idp/ended', 'bio'), await file('idp/at-once', 'bio')]
    const runOf = async (id: number) => (await handleOf(id).describe()).runId

    const runs = await withWorkers(temporal, real(), async () => {
      await act('reject', ran, 'idp/ada')
      await handleOf(ran).result()
      const before = await runOf(ran)
      await starter.finishApplication(ran)
      const noted = await note('reject', never, 'idp/ada')
      await store.inTransaction(database.pool, (tx) =>
        store.settleAct(tx, { act: noted, now: new Date(), compileSchema }),
      )
      await starter.finishApplication(never)
      return { before, after: await runOf(ran), ended: await handleOf(never).result() }
    })

    expect(runs).toEqual({ before: runs.before, after: runs.before, ended: { kind: 'rejected' } })
  })

  it('settles what was written down while the workflow was away, once', async () => {
    const id = await file('idp/late', 'bio')
    const noted = await note('reject', id, 'idp/ada')

    const ended = await withWorkers(temporal, real(), async () => {
      await temporal.client.workflow.signalWithStart('application', watchApplication(id))
      const outcome = await handleOf(id).result()
      return { outcome, again: await act('approve', id, 'idp/ada') }
    })

    expect(ended).toEqual({ outcome: { kind: 'rejected' }, again: { kind: 'refused', reason: 'ended' } })
    expect(await store.readActOutcome(database.pool, noted)).toBe('done')
    await keepHistory(temporal.client, { workflowId: applicationId(id), scenario: 'settled-late' })
  })
})
