import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createReviewActivities } from '../../../activities/reviews.ts'
import * as store from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { reviewId, watchReview, type ReviewOutcome } from '../../../workflows/review/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, document, smallWorld } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

const configuration = { draftPatch: async () => '' }

describe('review/<id>', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    await apply(database.pool, [...smallWorld(), add(document('VO', 'bio', { managers: [{ user: 'idp/ada' }] }))])
    const users = Array.from({ length: 12 }, (_, place) => ({ user: `idp/bio${place}` }))
    const acting = { reason: '', cause: { actor: 'local/test' }, now: new Date() }
    await inTx((tx) => store.actOnMembers(tx, { ...acting, act: 'add', vo: 'bio', requests: users }))
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
  })

  const inTx = async <T>(work: (tx: store.Tx) => Promise<T>): Promise<T> => store.inTransaction(database.pool, work)
  const real = () => ({
    ...quietActivities(),
    ...createReviewActivities({ pool: database.pool, store, configuration }),
  })
  const handleOf = (id: number) => temporal.client.workflow.getHandle<() => Promise<ReviewOutcome>>(reviewId(id))
  const acting = () => ({ reason: '', cause: { actor: 'local/test' }, now: new Date() })

  async function start(vo: string, more: Partial<store.StartInput> = {}): Promise<number> {
    const { review } = await inTx((tx) =>
      store.startReview(tx, {
        ...{ place: { kind: 'vo', vo }, reviewers: [{ user: 'idp/ada' }], unanswered: 'keep', ...acting() },
        ...{ due: 'P30D', remindBefore: ['P7D'], ...more },
      }),
    )
    await temporal.client.workflow.signalWithStart('review', watchReview(review))
    return review
  }

  it('sleeps to its reminders and to its end, and closes by itself', async () => {
    const ended = await withWorkers(temporal, real(), async () => {
      const id = await start('astro')
      await inTx((tx) =>
        store.decideReview(tx, {
          ...{ review: id, actor: 'idp/ada', cause: { actor: 'idp/ada' }, now: new Date() },
          requests: [{ user: 'idp/grace', decision: 'remove', reason: 'gone' }],
        }),
      )
      await skipTime(temporal.client, handleOf(id))
      return { id, outcome: await handleOf(id).result() }
    })

    expect(ended.outcome).toEqual({ kind: 'closed' })
    const shown = await store.showReview(database.pool, ended.id)
    expect(shown?.evidence.people.map(({ user, decided }) => [user, decided])).toEqual([
      ['idp/ada', 'keep'],
      ['idp/grace', 'remove'],
    ])
    expect(shown?.recorded).toBe(shown?.sha256)
    await keepHistory(temporal.client, { workflowId: reviewId(ended.id), scenario: 'closed' })
  })

  it('waits while what it takes is held, and ends with the approval', async () => {
    const ended = await withWorkers(temporal, real(), async () => {
      const id = await start('bio', { unanswered: 'remove' })
      const { held = '' } = await inTx((tx) => store.closeReview(tx, { review: id, ...acting() }))
      await temporal.client.workflow.signalWithStart('review', watchReview(id))
      await waitUntil(async () => (await detailsOf(id)).includes('held'), 30_000)
      const compileSchema = () => () => []
      await inTx((tx) =>
        store.approveChange(tx, { digest: held, by: 'local/test', reason: '', at: new Date(), compileSchema }),
      )
      await temporal.client.workflow.signalWithStart('review', watchReview(id))
      return { id, outcome: await handleOf(id).result() }
    })

    expect(ended.outcome).toEqual({ kind: 'closed' })
    const { members } = await store.listMembers(database.pool, { vo: 'bio' })
    expect(members).toEqual([])
    await keepHistory(temporal.client, { workflowId: reviewId(ended.id), scenario: 'held' })
  })

  it('ends where the review is cancelled', async () => {
    const ended = await withWorkers(temporal, real(), async () => {
      const id = await start('astro')
      await inTx((tx) => store.cancelReview(tx, { review: id, ...acting() }))
      await temporal.client.workflow.signalWithStart('review', watchReview(id))
      return { id, outcome: await handleOf(id).result() }
    })

    expect(ended.outcome).toEqual({ kind: 'cancelled' })
    await keepHistory(temporal.client, { workflowId: reviewId(ended.id), scenario: 'cancelled' })
  })

  async function detailsOf(id: number): Promise<string> {
    const { typedSearchAttributes } = await handleOf(id).describe()
    return JSON.stringify(typedSearchAttributes)
  }
})
