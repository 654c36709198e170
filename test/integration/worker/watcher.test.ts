import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import type { Periodic } from '../../../worker/periodic.ts'
import { startWatcher } from '../../../worker/watcher.ts'
import { ground } from '../../support/documents.ts'
import { openWorld, type World } from '../bars/world.ts'

jest.setTimeout(120_000)

const vo = `apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec: {}
`

describe('the watcher beside the real reconcile', () => {
  let world: World
  let watcher: Periodic
  beforeEach(async () => {
    world = await openWorld()
    await world.commit(new Map([['all.yaml', ground]]))
    const { configuration, log, pool, store, workflows } = world.parts
    watcher = startWatcher({
      ...{ instance: 'guildhall', workflows, log, now: Date.now, chance: Math.random, pollMs: 200, jitterMs: 100 },
      readHead: async () => (await configuration.mirror.remoteHead()) ?? '',
      lastRun: async () => {
        const [newest] = await store.readRuns(pool, 1)
        return newest?.outcome === undefined ? undefined : { commit: newest.commit, outcome: newest.outcome }
      },
    })
  })
  afterEach(async () => {
    await watcher.stop()
    await world.close()
  })

  async function reaches(commit: string): Promise<boolean> {
    const { pool, store } = world.parts
    return waitUntil(async () => {
      const [newest] = await store.readRuns(pool, 1)
      return newest?.commit === commit && newest.outcome !== undefined
    }, 30_000)
  }

  it('brings each commit into force by itself, with one run for each', async () => {
    const first = await world.commit(new Map([['all.yaml', ground]]))
    const isFirst = await reaches(first)
    const next = await world.commit(new Map([['all.yaml', `${ground}---\n${vo}`]]))
    const isNext = await reaches(next)

    const status = await world.parts.store.readStatus(world.parts.pool, new Date())
    expect({ isFirst, isNext, applied: status.applied }).toEqual({
      ...{ isFirst: true, isNext: true, applied: { instance: next, 'vo:astro': next } },
    })
    await watcher.stop()
    const runs = await world.parts.store.readRuns(world.parts.pool, 10)
    expect(runs.filter(({ commit }) => commit === next)).toHaveLength(1)
  })
})
