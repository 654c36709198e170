import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { createHoldActivities } from '../../../activities/hold.ts'
import { holdChange } from '../../../store/changes/held/hold-change.ts'
import * as store from '../../../store/index.ts'
import type { HoldOutcome } from '../../../workflows/hold/messages.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring, commitWith, dependenciesFor, hourMs, startAt } from './world.ts'

const scope = 'vo:astro' as const

interface Of {
  readonly digest: string
  readonly change?: 'act'
}

describe('a hold that is settled', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(async () => database.drop())

  /** Has a commit held, and gives its digest with the activities that settle it. */
  async function hold() {
    const { pool } = database
    const dependencies = dependenciesFor(pool, { full: commitWith({ astro: 12 }), emptied: commitWith({ astro: 2 }) })
    await bring(dependencies, 'full', startAt)
    await bring(dependencies, 'emptied', startAt + hourMs)
    const [held] = await store.listHolds(pool)
    const digest = held?.digest ?? ''
    const asked: string[] = []
    const { settleHold } = createHoldActivities({
      ...{ pool, store, remind: () => undefined },
      workflows: { reconcile: async (_, { cause }) => void asked.push(cause) },
    })
    const settle = async (kind: HoldOutcome['kind'], of: Of = { digest }): Promise<unknown> => {
      const { change, ...named } = of
      const outcome = { kind, ...named }
      const request = { instance: 'main', scope, ...(change && { change }), outcome, at: startAt + 73 * hourMs }
      return new MockActivityEnvironment().run(settleHold, request)
    }
    return { dependencies, digest, settle, asked }
  }

  async function approve(digest: string): Promise<void> {
    const approval = { digest, by: 'idp/u0001', reason: 'they left', at: new Date(startAt + hourMs) }
    await store.inTransaction(database.pool, async (tx) => store.approveHold(tx, approval))
  }

  it('is told to have been approved where its changes went through, whatever its workflow heard', async () => {
    const { dependencies, digest, settle, asked } = await hold()
    await approve(digest)
    await bring(dependencies, 'emptied', startAt + 2 * hourMs)

    expect([await settle('voided'), asked]).toEqual(['approved', []])
    expect([await settle('lapsed'), await settle('approved')]).toEqual(['approved', undefined])
  })

  it('is told nothing else of where its changes are gone', async () => {
    const { dependencies, settle, asked } = await hold()
    await bring(dependencies, 'full', startAt + 2 * hourMs)

    expect([await settle('voided'), asked]).toEqual([undefined, []])
  })

  /** Has a change held by itself, and gives its digest. */
  async function holdAct(at = startAt): Promise<string> {
    const change = { kind: 'act', scope, content: async () => ({ act: 'disable' }), reason: '' } as const
    const excess = { reasons: [], losses: [] }
    const { digest } = await store.inTransaction(database.pool, async (tx) =>
      holdChange(tx, { ...change, cause: { actor: 'idp/u0001' }, at: new Date(at) }, excess),
    )
    return digest
  }

  it('by itself is closed by its lapse, and asks for no reconcile', async () => {
    const { settle, asked } = await hold()
    const digest = await holdAct()

    expect([await settle('lapsed', { digest, change: 'act' }), asked]).toEqual(['lapsed', []])
    expect((await store.listHolds(database.pool)).map(({ kind }) => kind)).toEqual(['commit'])
  })

  it('by itself does not take along with its lapse the same change that was entered again since', async () => {
    const { settle } = await hold()
    const digest = await holdAct()
    expect(await holdAct(startAt + 72 * hourMs)).toBe(digest)

    expect(await settle('lapsed', { digest, change: 'act' })).toBe('lapsed')
    expect((await store.listHolds(database.pool)).map(({ kind }) => kind)).toEqual(['commit', 'act'])
  })

  it.each(['rejected', 'withdrawn'] as const)('by itself is told to have been %s', async (outcome) => {
    const { settle, asked } = await hold()
    const digest = await holdAct()
    const closing = { digest, outcome, at: new Date(startAt), word: { by: 'local/test', reason: 'no' } }
    await store.inTransaction(database.pool, (tx) => store.closeChange(tx, closing))

    expect([await settle('voided', { digest, change: 'act' }), asked]).toEqual([outcome, []])
  })

  it('is closed by its lapse, also when that is tried again', async () => {
    const { settle, asked } = await hold()

    expect([await settle('lapsed'), await settle('lapsed')]).toEqual(['lapsed', 'lapsed'])
    expect(asked).toEqual(['lapse', 'lapse'])
    expect(await store.listHolds(database.pool)).toEqual([])
  })
})
