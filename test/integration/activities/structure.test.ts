import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { previewRun } from '../../../activities/sync-preview.ts'
import { filesOf } from '../../../activities/sync-source.ts'
import { runStructure } from '../../../activities/sync-structure.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import * as store from '../../../store/index.ts'
import { group, source } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from '../store/commits.ts'
import { groupsIn, structuredWorld, told, tuesday } from '../store/structures-world.ts'

const place = { source: 'crews', vo: 'astro', group: 'crews' }

describe('a run that makes groups', () => {
  let database: TestDatabase
  let file = ''
  let runs = 0
  const moment = (): Date => new Date(tuesday.getTime() + runs * 60_000)

  beforeAll(async () => {
    database = await createTestDatabase()
    const options = { file: 'crews.csv', separators: { with: '|' } }
    const structure = {
      ...{ source: 'crews', key: '${id}', name: { expression: "record.name[0].replace(' ', '-')" }, every: 'PT1H' },
      ...{ parent: '${in}', title: '${name}', includes: 'c${with}' },
    }
    await bring(
      database.pool,
      structuredWorld(source('crews', { type: 'csv', vos: ['astro'], options }), group('astro/crews', { structure })),
    )
    await database.pool.query(`update applied set commit = 'c0ffee' where scope = 'instance'`)
  })
  afterAll(async () => database.drop())

  const dependencies = () => ({
    ...{ pool: database.pool, store, sourceTypes, compileSchema: compileCheck },
    environment: { in: '/nowhere', allowedPrivate: [] },
    secret: async () => '',
    readFile: async () => Buffer.from(file),
    reached: () => undefined,
  })

  const run = async (): Promise<string> => {
    const sync = await store.readSync(database.pool, place)
    if (sync?.structure === undefined) throw new Error('no structure is in force')
    const { structure } = sync
    const running = {
      sync,
      structure,
      files: filesOf(dependencies(), sync.commit),
      asked: { ...place, of: 'structure', at: moment() } as const,
      signal: AbortSignal.timeout(10_000),
      report: () => undefined,
    }
    runs += 1
    return told(await runStructure(dependencies(), running))
  }
  const preview = async (): Promise<object> => {
    const signal = AbortSignal.timeout(10_000)
    const [preview] = await previewRun(dependencies(), place, { now: tuesday, signal, report: () => undefined })
    if (preview === undefined) throw new Error('nothing is previewed')
    const { result, changes } = preview
    return {
      outcome: result.outcome,
      skipped: result.skipped.map(({ reason, identities }) => `${reason} ${identities.join()}`),
      changes: changes.map(({ action, group: name, from = '' }) => `${action} ${name ?? ''} ${from}`.trim()),
    }
  }

  it('is told beforehand, made as the records of a file say, and unchanged while they do', async () => {
    file = 'id,name,in,with\nc1,First crew,,2\nc2,second,c1,\nc3,a/b,,\nc4,lost,c9,\n,none,,\n'

    expect(await preview()).toEqual({
      outcome: 'changed',
      skipped: ['no-key ', 'name-unfit c3 (a/b)', 'parent-unknown c4 (c9)'],
      changes: ['make crews:First-crew', 'make crews:First-crew:second', 'make crews:lost'],
    })
    expect(await groupsIn(database.pool)).toEqual(['crews', 'teams'])
    expect(await run()).toBe('changed +3 ~0 -0 :no-key c3:name-unfit c4:parent-unknown')
    expect(await groupsIn(database.pool)).toEqual([
      'crews',
      'crews:First-crew (First crew) crews:First-crew:second',
      'crews:First-crew:second (second)',
      'crews:lost (lost)',
      'teams',
    ])
    expect(await run()).toBe('unchanged :no-key c3:name-unfit c4:parent-unknown')
  })

  it('takes no group away while a record has no key, for it may be of any of them', async () => {
    file = 'id,name,in,with\nc1,First crew,,2\nc2,second,c1,\n,lost,,\n'
    expect(await run()).toBe('unchanged :no-key')
    expect(await groupsIn(database.pool)).toContain('crews:lost (lost)')
  })

  it('changes nothing where the file is none, and is told beforehand of what is renamed', async () => {
    file = '<html>'
    expect(await run()).toBe('failed')

    file = 'id,name,in,with\nc1,Second crew,,\nc2,second,c1,\nc4,lost,,\n'
    expect(await preview()).toMatchObject({
      outcome: 'changed',
      changes: ['alter crews:Second-crew crews:First-crew'],
    })
  })

  it('is listed with what it came to, and when it was last read', async () => {
    const readAt = new Date(tuesday.getTime() + 120_000)
    const [crews] = await store.listSyncStatus(database.pool, { source: 'crews' })

    expect(crews).toMatchObject({ ...place, fills: false, last: { outcome: 'failed' }, readAt: readAt.toISOString() })
  })
})
