import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { applyStep } from '../../../activities/apply-step.ts'
import { planRun } from '../../../activities/plan-run.ts'
import type { Desired } from '../../../core/model/state.ts'
import * as store from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring, commitWith, dependenciesFor, hourMs, startAt } from './world.ts'

const full = commitWith({ astro: 12 })
const emptied = commitWith({ astro: 2 })

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(async () => database.drop())

describe('a scope that the guard holds', () => {
  /** Brings a full commit into force, then has the next one held. */
  async function hold(others: Readonly<Record<string, Desired>> = {}) {
    const dependencies = dependenciesFor(database.pool, { full, emptied, ...others })
    await bring(dependencies, 'full', startAt)
    const held = await bring(dependencies, 'emptied', startAt + hourMs)
    const holds = await store.listHolds(database.pool)
    expect(holds.map(({ scope }) => scope)).toEqual(['vo:astro'])
    return { dependencies, held, digest: holds[0]?.digest ?? '' }
  }

  async function outcomes(): Promise<readonly (string | null)[]> {
    const { rows } = await database.pool.query<{ outcome: string | null }>('select outcome from hold order by id')
    return rows.map(({ outcome }) => outcome)
  }

  it('is announced with the time since when it is held, however often it is looked at', async () => {
    const { dependencies, digest } = await hold()

    const looks = []
    for (const hours of [2, 3, 4]) looks.push(...(await bring(dependencies, 'emptied', startAt + hours * hourMs)))

    const kept = { kind: 'kept', digest, at: startAt + hourMs }
    expect(looks.map(({ result }) => result.hold)).toEqual([kept, kept, kept])
  })

  it('reports that it was let go in every attempt, as the first may not have been heard', async () => {
    const { dependencies } = await hold()
    const [done] = await bring(dependencies, 'full', startAt + 2 * hourMs)
    expect(done?.result.hold).toEqual({ kind: 'closed', at: startAt + 2 * hourMs })

    const again = done && (await applyStep(dependencies, done.input))
    const later = done && (await applyStep(dependencies, { ...done.input, at: startAt + 3 * hourMs }))

    expect(again).toEqual({ kind: 'nothing', changes: 0, hold: { kind: 'closed', at: startAt + 2 * hourMs } })
    expect(later).toEqual({ kind: 'nothing', changes: 0 })
  })

  it('stays held while it is frozen', async () => {
    const { dependencies } = await hold()
    const freeze = { scope: 'vo:astro', by: 'local/root', reason: 'move', at: new Date(startAt) } as const
    await store.inTransaction(database.pool, async (tx) => store.freeze(tx, freeze))

    const looks = await bring(dependencies, 'emptied', startAt + 2 * hourMs)

    expect(looks.map(({ result }) => result)).toEqual([{ kind: 'nothing', changes: 0 }])
    expect(await outcomes()).toEqual([null])
  })

  it('stays held while a document of it is faulty', async () => {
    const fault = { severity: 'error', code: 'value-invalid', message: 'no', scope: 'vo:astro' } as const
    const { dependencies } = await hold({ faulty: { ...full, findings: [fault] } })

    await bring(dependencies, 'faulty', startAt + 2 * hourMs)

    expect(await outcomes()).toEqual([null])
  })
})

describe('a run that is planned', () => {
  it('writes nothing once a newer one has taken its scopes over', async () => {
    const dependencies = dependenciesFor(database.pool, { full })
    await bring(dependencies, 'full', startAt)
    const before = await store.readApplied(database.pool)
    const late = dependenciesFor(database.pool, { moved: full })
    const takeEpoch: typeof store.takeEpoch = async (pool, scopes) => {
      const epoch = await store.takeEpoch(pool, scopes)
      await store.takeEpoch(pool, ['vo:astro'])
      return epoch
    }

    const planned = planRun({ ...late, store: { ...store, takeEpoch } }, { commit: 'moved', at: startAt + hourMs })

    await expect(planned).rejects.toMatchObject({ code: 'FENCED', facts: { scope: 'vo:astro' } })
    expect(await store.readApplied(database.pool)).toEqual(before)
  })

  /** Counts how often a run of three VOs reads the state, and does something else after its first step. */
  async function runThree(meanwhile: (step: number) => Promise<unknown>) {
    const three = commitWith({ astro: 3, bio: 3, chem: 3 })
    const dependencies = dependenciesFor(database.pool, { three })
    let loads = 0
    const loadState: typeof store.loadState = async (db, options) => {
      loads += 1
      return store.loadState(db, options)
    }
    const counting = { ...dependencies, store: { ...dependencies.store, loadState } }
    const { epoch, steps } = await planRun(counting, { commit: 'three', at: startAt })
    const kinds: string[] = []
    for (const [index, step] of steps.entries()) {
      const input = { ...step, commit: 'three', epoch, at: startAt }
      kinds.push(`${step.scope} ${(await applyStep(counting, input)).kind}`)
      await meanwhile(index)
    }
    const rest = await planRun(dependencies, { commit: 'three', at: startAt })
    return { loads, kinds, left: rest.changes }
  }

  it('reads the state once for all its scopes, where nobody else writes', async () => {
    const run = await runThree(async () => undefined)

    expect(run).toEqual({
      loads: 1,
      kinds: ['instance applied', 'vo:astro applied', 'vo:bio applied', 'vo:chem applied'],
      left: 0,
    })
  })

  it('looks again at what is left once somebody else has written', async () => {
    const freeze = { scope: 'vo:chem', by: 'local/root', reason: 'move', at: new Date(startAt) } as const

    const { loads, kinds } = await runThree(async (step) =>
      step === 1 ? store.inTransaction(database.pool, async (tx) => store.freeze(tx, freeze)) : undefined,
    )

    expect({ loads, kinds }).toEqual({
      loads: 2,
      kinds: ['instance applied', 'vo:astro applied', 'vo:bio applied', 'vo:chem nothing'],
    })
  })

  it('applies no step twice whose result was not heard', async () => {
    const dependencies = dependenciesFor(database.pool, { full })
    const { epoch, steps } = await planRun(dependencies, { commit: 'full', at: startAt })

    const kinds = []
    for (const step of [...steps, ...steps].sort((a, b) => steps.indexOf(a) - steps.indexOf(b))) {
      kinds.push((await applyStep(dependencies, { ...step, commit: 'full', epoch, at: startAt })).kind)
    }

    expect(kinds).toEqual(['applied', 'nothing', 'applied', 'nothing'])
  })

  it('says of a VO that it deletes no more where it stands, however often the step is done', async () => {
    const dependencies = dependenciesFor(database.pool, {
      two: commitWith({ astro: 3, bio: 0 }),
      one: commitWith({ astro: 3 }),
    })
    await bring(dependencies, 'two', startAt)
    const before = Object.keys(await store.readApplied(database.pool))
    await bring(dependencies, 'one', startAt + hourMs)
    const { digest = '' } = (await store.listHolds(database.pool))[0] ?? {}
    const approval = { digest, by: 'local/root', reason: 'over', at: new Date(startAt + hourMs) }
    await store.inTransaction(database.pool, async (tx) => store.approveHold(tx, approval))

    const done = await bring(dependencies, 'one', startAt + hourMs)
    for (const { input } of done) await applyStep(dependencies, input)

    expect([before, Object.keys(await store.readApplied(database.pool))]).toEqual([
      ['instance', 'vo:astro', 'vo:bio'],
      ['instance', 'vo:astro'],
    ])
  })

  it('is one run, however often its planning is tried', async () => {
    const dependencies = dependenciesFor(database.pool, { full })

    const first = await planRun(dependencies, { commit: 'full', at: startAt })
    const second = await planRun(dependencies, { commit: 'full', at: startAt })

    expect(second.run).toBe(first.run)
    expect((await store.readRuns(database.pool, 9)).map(({ id }) => id)).toEqual([first.run])
  })
})

describe('the commit that may be in force', () => {
  const at = new Date(startAt)
  const finding = { severity: 'error', code: 'reconcile-failed', message: 'no' } as const

  it('is the newest that was planned, however its run ended', async () => {
    const { pool } = database
    await store.startRun(pool, { commit: 'broken-off', findings: [], at })
    const brokenOff = await store.readLastCommit(pool)
    const id = await store.startRun(pool, { commit: 'in-part', findings: [], at })
    await store.finishRun(pool, { id, outcome: 'failed', at })
    await store.recordRun(pool, { commit: 'refused', outcome: 'refused', findings: [finding], at })
    await store.recordRun(pool, { commit: 'unplanned', outcome: 'failed', findings: [finding], at })
    await store.startRun(pool, { commit: '', findings: [], at })

    expect([brokenOff, await store.readLastCommit(pool)]).toEqual(['broken-off', 'in-part'])
  })

  it('is noted as refused or failed together with its end', async () => {
    await store.recordRun(database.pool, { commit: 'c1', outcome: 'refused', findings: [finding], at })
    await store.recordRun(database.pool, { commit: 'c1', outcome: 'refused', findings: [finding], at })

    expect(await store.readRuns(database.pool, 9)).toEqual([
      { id: 1, commit: 'c1', startedAt: at, finishedAt: at, outcome: 'refused', findings: [finding] },
    ])
  })
})
