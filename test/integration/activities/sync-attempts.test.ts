import { MockActivityEnvironment } from '@temporalio/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createSyncActivities } from '../../../activities/sync.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import type { SyncedPlace } from '../../../core/model/sync-place.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import * as store from '../../../store/index.ts'
import type { SyncRun } from '../../../workflows/sync/messages.ts'
import { group, source } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from '../store/commits.ts'
import { groupsIn, structuredWorld } from '../store/structures-world.ts'

const staff = { source: 'people', vo: 'astro', group: 'staff' }
const crews = { source: 'crews', vo: 'astro', group: 'crews' }
const hour = (count: number): number => Date.UTC(2026, 0, 6, count)

let database: TestDatabase
let file = ''
let isTemporalAway = false
let asked: SyncedPlace[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  asked = []
  const csv = (name: string) =>
    source(name, { type: 'csv', vos: ['astro'], login: '${id}', options: { file: `${name}.csv` } })
  const sync = { source: 'people', every: 'PT1H', absent: { then: 'remove', runs: 2 } } as const
  const structure = { source: 'crews', key: '${id}', name: '${id}', every: 'PT1H', absent: { runs: 2 } }
  await bring(
    database.pool,
    structuredWorld(csv('people'), csv('crews'), group('astro/staff', { sync }), group('astro/crews', { structure })),
  )
})
afterEach(async () => database.drop())

/** One attempt of the run that began then; while it reads, something else may happen. */
async function attempt(
  place: SyncedPlace,
  at: number,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<SyncRun> {
  const { runSync } = createSyncActivities({
    ...{ pool: database.pool, store, sourceTypes, compileSchema: compileCheck },
    environment: { in: '/nowhere', allowedPrivate: [] },
    secret: async () => '',
    workflows: {
      syncAgain: async (lacking) => {
        if (isTemporalAway) throw new Error('no Temporal')
        asked.push(lacking)
      },
    },
    readFile: async () => {
      await meanwhile()
      return Buffer.from(file)
    },
    ...{ reached: () => undefined, onRun: () => undefined, onFailure: () => undefined, now: () => at },
  })
  return new MockActivityEnvironment().run(runSync, { ...place, at })
}

async function outcomes(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ outcome: string }>('select outcome from sync_run order by id')
  return rows.map(({ outcome }) => outcome)
}

async function inStaff(): Promise<readonly string[]> {
  const { members } = await store.listMembers(database.pool, { vo: 'astro', group: 'staff' })
  return members.map(({ user }) => user).sort()
}

describe('another attempt of a run that is in the database, and was not reported', () => {
  it('is that run: who was missing in it has been missing once', async () => {
    file = 'id\nann\nben\n'
    await attempt(staff, hour(1))
    file = 'id\nann\n'
    const run = await attempt(staff, hour(2))

    const again = await attempt(staff, hour(2))

    expect(again).toEqual(run)
    expect(await inStaff()).toEqual(['people/ann', 'people/ben'])
    expect(await outcomes()).toEqual(['changed', 'unchanged'])
    await attempt(staff, hour(3))
    expect(await inStaff()).toEqual(['people/ann'])
  })

  it('is that run, however many came after it', async () => {
    file = 'id\nann\n'
    const first = await attempt(staff, hour(1))
    file = 'id\nann\nben\n'
    for (const later of [2, 3, 4]) await attempt(staff, hour(later))
    file = 'id\nann\n'

    expect(await attempt(staff, hour(1))).toEqual(first)
    expect(await inStaff()).toEqual(['people/ann', 'people/ben'])
  })

  it('tells what the run did, also where it was held or failed', async () => {
    const twice = async (at: number) => [await attempt(staff, at), await attempt(staff, at)]
    file = `id\n${Array.from({ length: 20 }, (_, index) => `p${index}\n`).join('')}`
    const [changed, changedAgain] = await twice(hour(1))
    file = 'id\np0\n'
    const [held, heldAgain] = await twice(hour(2))
    file = ''
    const [failed, failedAgain] = await twice(hour(3))

    expect([changed, held, failed]).toMatchObject([
      { kind: 'changed', subjects: 20, added: 20 },
      { kind: 'held', digest: expect.any(String) },
      { kind: 'failed', subjects: 0 },
    ])
    expect([changedAgain, heldAgain, failedAgain]).toEqual([changed, held, failed])
    expect(await outcomes()).toEqual(['changed', 'held', 'failed'])
  })

  it('is that run, also where groups are made', async () => {
    file = 'id\nc1\nc2\n'
    await attempt(crews, hour(1))
    file = 'id\nc1\n'
    await attempt(crews, hour(2))

    await attempt(crews, hour(2))

    expect(await groupsIn(database.pool)).toContain('crews:c2')
    await attempt(crews, hour(3))
    expect(await groupsIn(database.pool)).not.toContain('crews:c2')
  })

  it('is that run, and whoever lacked the groups that it has made is still asked', async () => {
    const everybody = { source: 'people', vo: 'astro' }
    const sync = { source: 'people', groups: { base: 'crews', path: '${id}' } }
    await database.pool.query(`update vo set spec = spec || jsonb_build_object('sync', $1::jsonb)`, [
      JSON.stringify(sync),
    ])
    file = 'id\nc1\n'
    await attempt(everybody, hour(1))
    isTemporalAway = true
    await expect(attempt(crews, hour(2))).rejects.toThrow('UNEXPECTED')
    isTemporalAway = false

    await attempt(crews, hour(2))

    expect(await outcomes()).toEqual(['changed', 'changed'])
    expect(asked).toEqual([everybody])
  })

  it.each([
    ['members', staff],
    ['groups', crews],
  ])('gives way where the one before comes to its end while it reads: %s', async (_, place) => {
    file = 'id\nc1\nc2\n'
    await attempt(place, hour(1))
    file = 'id\nc1\n'
    let before: Promise<SyncRun> | undefined

    const later = await attempt(place, hour(2), async () => (before ??= attempt(place, hour(2))))

    expect(later).toEqual(await before)
    expect(await outcomes()).toEqual(['changed', 'unchanged'])
  })
})
