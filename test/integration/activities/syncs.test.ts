import { once } from 'node:events'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createSyncActivities } from '../../../activities/sync.ts'
import { GuildhallError } from '../../../core/errors.ts'
import { previewRun } from '../../../activities/sync-preview.ts'
import type { Source, SourceType } from '../../../connectors/source.ts'
import * as store from '../../../store/index.ts'
import { anyValueFits, attribute, group, instance, source, vo, type Document } from '../../support/builders.ts'
import type { SyncRun } from '../../../workflows/sync/messages.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { run as runCommand } from '../../cli/run-program.ts'
import { bring, bringApproved } from '../store/commits.ts'
import { groupsIn } from '../store/structures-world.ts'

const at = Date.parse('2026-01-06T12:00:00Z')
const place = { source: 'hr', vo: 'astro', group: 'staff' }

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(async () => database.drop())

/** A world with what a source says of `astro/staff`, and of the groups below `astro/teams`. */
function documents(more: readonly Document[] = [], spec: object = {}): Document[] {
  const structure = { source: 'hr', key: '${id}', name: '${id}', every: 'PT1H' } as const
  return [
    ...[instance(), source('idp'), vo('astro', { members: ['idp/ada'] })],
    source('hr', { type: 'csv', vos: ['astro'], options: { file: 'people.csv' }, login: '${id}', ...spec }),
    group('astro/staff', { allowEmpty: true, sync: { source: 'hr', every: 'PT1H' } }),
    group('astro/teams', { allowEmpty: true, structure, sync: { source: 'hr', every: 'PT1H' } }),
    ...more,
  ]
}

/** A type of source that reads a name a line of the file, and lets something happen before the first read ends. */
function csv(meanwhile: (signal: AbortSignal) => Promise<unknown>): SourceType {
  let reads = 0
  return {
    ...{ type: 'csv', login: '${id}' },
    create: (_options, environment): Source => ({
      check: async () => undefined,
      subjects: async function* (_select, { signal }) {
        reads += 1
        const bytes = await environment.configFile('people.csv')
        const names = Buffer.from(bytes).toString().split('\n')
        yield names.map((name) => ({ fields: { id: [name] } }))
        if (reads === 1) await meanwhile(signal)
        signal.throwIfAborted()
        return { complete: true, count: names.length }
      },
    }),
  }
}

interface Worlds {
  readonly files: Record<string, string>
  readonly meanwhile: (signal: AbortSignal) => Promise<unknown>
}

function connectedTo({ files, meanwhile }: Worlds) {
  return {
    ...{ pool: database.pool, store, compileSchema: anyValueFits, sourceTypes: new Map([['csv', csv(meanwhile)]]) },
    environment: { in: '/nowhere', allowedPrivate: [] },
    secret: async () => '',
    readFile: async (commit: string) => Buffer.from(files[commit] ?? ''),
  }
}

function activitiesFor(worlds: Worlds) {
  return createSyncActivities({
    ...connectedTo(worlds),
    ...{ reached: () => undefined, onRun: () => undefined, onFailure: () => undefined, now: () => at },
    workflows: { syncAgain: async () => undefined },
  })
}

let runs = 0

async function run(worlds: Worlds, of: { readonly group: string } = place): Promise<SyncRun> {
  runs += 1
  const { runSync } = activitiesFor(worlds)
  return new MockActivityEnvironment().run(runSync, { ...place, ...of, at: at + runs * 1_000 })
}

/** Notes which commit is in force, as an apply does. */
async function setCommit(commit: string): Promise<void> {
  await database.pool.query(
    `insert into applied (scope, commit, at) values ('instance', $1, now()) on conflict (scope) do update set commit = excluded.commit`,
    [commit],
  )
}

async function staff(name = 'staff'): Promise<readonly string[]> {
  const { members } = await store.listMembers(database.pool, { vo: 'astro', group: name })
  return members.map(({ user }) => user)
}

const readFiles = async () => store.listReadFiles(database.pool)

describe('what changes while a source is read', () => {
  it('a freeze: nothing is written, and the sync is asked for once it is lifted', async () => {
    await bring(database.pool, documents())
    await setCommit('c1')
    await store.noteToldSchedule(database.pool, { id: 'sync/hr/astro/staff', hash: 'told' })
    const freeze = { scope: 'vo:astro', by: 'local/root', reason: 'move', at: new Date(at) } as const
    const meanwhile = async () => store.inTransaction(database.pool, async (tx) => store.freeze(tx, freeze))

    const outcome = await run({ files: { c1: 'ada' }, meanwhile })

    expect(outcome.kind).toBe('frozen')
    expect(await staff()).toEqual([])
    expect(await store.listToldSchedules(database.pool)).toEqual([{ id: 'sync/hr/astro/staff', hash: '' }])
  })

  it('a freeze during the read of groups: none is made', async () => {
    await bring(database.pool, documents())
    await setCommit('c1')
    const freeze = { by: 'local/root', reason: 'move', at: new Date(at) } as const
    const meanwhile = async () => store.inTransaction(database.pool, async (tx) => store.freeze(tx, freeze))

    const outcome = await run({ files: { c1: 'crew' }, meanwhile }, { group: 'teams' })

    expect(outcome.kind).toBe('frozen')
    expect(await groupsIn(database.pool)).toEqual(['staff', 'teams'])
  })

  it('a commit that sets back the file that was read: it is read anew', async () => {
    await bring(database.pool, documents())
    await setCommit('c2')

    const outcome = await run({ files: { c1: 'ada', c2: 'ada\ngrace' }, meanwhile: async () => setCommit('c1') })

    expect(outcome).toMatchObject({ kind: 'changed', subjects: 1, added: 1 })
    expect(await staff()).toEqual(['hr/ada'])
    const noted = [...(await readFiles()).values()].flat()
    await run({ files: { c1: 'ada' }, meanwhile: async () => undefined })
    expect([...(await readFiles()).values()].flat()).toEqual(noted)
  })

  it('a commit that leaves the file alone: what was read counts', async () => {
    await bring(database.pool, documents())
    await setCommit('c1')
    let reads = 0
    const files = { c1: 'ada', c2: 'ada' }
    const meanwhile = async () => {
      reads += 1
      await setCommit('c2')
    }

    const outcome = await run({ files, meanwhile })

    expect([outcome.kind, reads]).toEqual(['changed', 1])
  })

  it('a source that no document asks for any more: the run is over, and nobody came', async () => {
    await bring(database.pool, documents())
    await setCommit('c1')
    const without = [instance(), source('idp'), vo('astro', { members: ['idp/ada'] }), group('astro/staff', {})]

    const outcome = await run({ files: { c1: 'ada' }, meanwhile: async () => bringApproved(database.pool, without) })

    expect(outcome.kind).toBe('gone')
    expect(await staff()).toEqual([])
  })

  it('an attribute that means something else by now: it is read anew', async () => {
    const withRooms = (type: 'integer' | 'string') =>
      documents([attribute('user.room', { type })], { attributes: { 'user.room': '${id}' } })
    await bring(database.pool, withRooms('string'))
    await setCommit('c1')

    const outcome = await run({ files: { c1: '7' }, meanwhile: async () => bring(database.pool, withRooms('integer')) })

    const { rows } = await database.pool.query(`select value from attribute_value where attribute = 'user.room'`)
    expect([outcome.kind, rows]).toEqual(['changed', [{ value: 7 }]])
  })
})

describe('a read that takes longer than it may', () => {
  it.each([
    ['of people', 'staff'],
    ['of groups', 'teams'],
  ])('%s has failed, and says why and what to do', async (_what, of) => {
    await bring(database.pool, documents([], { readWithin: 'PT0M' }))
    await setCommit('c1')

    const meanwhile = async (signal: AbortSignal) => once(signal, 'abort')
    const outcome = await run({ files: { c1: 'ada' }, meanwhile }, { group: of })

    const { rows } = await database.pool.query('select outcome, error from sync_run')
    expect(outcome).toMatchObject({ kind: 'failed', added: 0 })
    expect(rows).toEqual([
      {
        outcome: 'failed',
        error:
          'Cannot read source "hr": it did not come to its end within PT0M; select less, or give it more time by `readWithin`',
      },
    ])
    expect(await staff(of)).toEqual([])
  })
})

it('values that are left out are told with their attributes', async () => {
  const rooms = ['user.floor', 'user.shelf'].map((name) => attribute(name, { type: 'integer' }))
  const attributes = { 'user.floor': '${id}', 'user.shelf': '${id}' }
  await bring(database.pool, documents(rooms, { attributes }))
  await setCommit('c1')
  const worlds = { files: { c1: '7\nada' }, meanwhile: async () => undefined }
  const previewing = { now: new Date(at), signal: new AbortController().signal, report: () => undefined }

  const [preview] = await previewRun(connectedTo(worlds), place, previewing)
  const outcome = await run(worlds)
  const told = await runCommand(['sync', 'status', 'hr'], { env: { DATABASE_URL: database.url } })

  const ofAda = { reason: 'value-invalid', count: 1, identities: ['hr/ada'] }
  expect(preview?.result.skipped).toEqual(Object.keys(attributes).map((of) => ({ ...ofAda, of })))
  expect(outcome).toMatchObject({ kind: 'changed', added: 2, skipped: 2 })
  expect(told.stdout).toContain('hr/astro/staff: 2 skipped (1 value-invalid user.floor, 1 value-invalid user.shelf)\n')
})

describe('a source that says who is in a group and which groups lie below it', () => {
  it('is read from one file, again and again', async () => {
    await bring(database.pool, documents())
    await setCommit('c1')
    const worlds = { files: { c1: 'ada' }, meanwhile: async () => undefined }

    const first = await run(worlds, { group: 'teams' })
    const second = await run(worlds, { group: 'teams' })

    expect([first, second]).toMatchObject([
      { kind: 'changed', groups: { kind: 'changed', added: 1 } },
      { kind: 'unchanged', groups: { kind: 'unchanged' } },
    ])
    expect(await staff('teams')).toEqual(['hr/ada'])
  })

  it('is previewed as two, groups first, also where it is frozen', async () => {
    await bring(database.pool, documents())
    await setCommit('c1')
    const freeze = { by: 'local/root', reason: 'move', at: new Date(at) }
    await store.inTransaction(database.pool, async (tx) => store.freeze(tx, freeze))
    const worlds = { files: { c1: 'ada' }, meanwhile: async () => undefined }
    const { signal } = new AbortController()
    const previewing = { now: new Date(at), signal, report: () => undefined }

    const previews = await previewRun(connectedTo(worlds), { ...place, group: 'teams' }, previewing)

    const none = { expires: null }
    expect(previews.map(({ fills, isFrozen, changes }) => [fills, isFrozen, changes])).toEqual([
      [false, true, [{ action: 'make', user: null, group: 'teams:ada', ...none }]],
      [true, true, [{ action: 'join', user: 'hr/ada', group: 'teams', ...none }]],
    ])
    expect(await groupsIn(database.pool)).toEqual(['staff', 'teams'])
  })

  it('is listed as two, each with its last complete run, its last failure and what is held', async () => {
    await bring(database.pool, documents())
    await setCommit('c1')
    const many = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const files = { c1: many.join('\n'), c2: many.slice(0, 2).join('\n') }
    const meanwhile = async () => undefined
    await run({ files, meanwhile }, { group: 'teams' })
    const away = new GuildhallError('SOURCE_UNREACHABLE', 'Cannot read it')
    const failed = await run({ files, meanwhile: async () => Promise.reject(away) }, { group: 'teams' })
    await setCommit('c2')
    const held = await run({ files, meanwhile }, { group: 'teams' })

    const status = await store.listSyncStatus(database.pool, { group: 'teams' })
    const told = await runCommand(['sync', 'status', 'hr'], { env: { DATABASE_URL: database.url } })

    expect(failed).toMatchObject({ kind: 'failed', subjects: 0, groups: { kind: 'failed', subjects: 20 } })
    expect(held).toMatchObject({ kind: 'held', groups: { kind: 'held' } })
    const last = { outcome: 'held', subjects: 2, digest: expect.any(String), error: expect.stringMatching('2') }
    expect(status).toMatchObject([
      { fills: false, last, lastComplete: last, lastFailed: { error: 'Cannot read it' }, held: held.groups?.digest },
      { fills: true, last, lastComplete: last, lastFailed: null, held: held.digest },
    ])
    const lines = told.stdout.split('\n').filter((line) => line.startsWith('hr/astro/teams'))
    expect(lines).toEqual([
      expect.stringMatching(/^hr\/astro\/teams +groups +\S+ \S+ UTC +held +2 +0 +0 +0 +0 +\S+ \S+ UTC +–$/),
      expect.stringMatching(/^hr\/astro\/teams +members +\S+ \S+ UTC +held +2 +0 +0 +0 +0 +\S+ \S+ UTC +–$/),
      expect.stringContaining(`guildhall approve ${held.groups?.digest ?? ''} --reason`),
      expect.stringMatching(/^hr\/astro\/teams: no group changed on 2026-01-06 12:\d\d UTC: Cannot read it$/),
      expect.stringContaining(`guildhall approve ${held.digest ?? ''} --reason`),
    ])
  })
})
