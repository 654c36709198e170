import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { createMapping } from '../../../core/sources/create-mapping.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { readSubjects } from '../../../activities/sync-subjects.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import type { SyncResult } from '../../../store/index.ts'
import { sourceEnvironment } from '../../connectors/read-source.ts'
import { noon, prepare, syncIn } from '../store/sync-world.ts'

const attributes = { 'user.login': '${uid}' }
let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
  await database.pool.query(`update source set spec = spec || $1 where name = 'hr'`, [{ attributes }])
})

afterEach(async () => database.drop())

async function read(day: string, ...lines: readonly string[]): Promise<SyncResult> {
  const csv = sourceTypes.get('csv')
  if (csv === undefined) throw new Error('there is no source type csv')
  const file = ['number,uid', ...lines, ''].join('\n')
  const environment = sourceEnvironment({ configFile: async () => Buffer.from(file) })
  const pages = csv
    .create({ file: 'people.csv' }, environment)
    .subjects(undefined, { signal: AbortSignal.timeout(10_000) })
  const map = createMapping({
    ...{ source: 'hr', spec: { login: '${number}', attributes }, login: '', zone: 'UTC' },
    ...{ compileSchema: () => () => [], attributeOf: () => undefined },
  })
  return syncIn(database.pool, readSubjects({ pages, map, required: [], report: () => undefined }), { now: noon(day) })
}

it('a login that is somebody else’s stays theirs, whoever the source gives it, and the others get theirs', async () => {
  // ADA is the login of idp/ada but for its case, two want to be ben, one has none, and one has none that is one.
  const lines = ['1,ADA', '2,ben', '3,BEN', '4,', '5,no login', '6,cat']
  const result = await read('2026-02-01', ...lines)

  const { rows } = await database.pool.query<{ user: string; login: string }>(
    `select p.identities[1] as "user", v.value #>> '{}' as login from attribute_value v join person p on p.id = v.subject
     where v.attribute = 'user.login' order by 1`,
  )
  expect(result).toMatchObject({ outcome: 'changed', added: 6 })
  expect(result.skipped).toEqual([
    { reason: 'value-invalid', of: 'user.login', count: 1, identities: ['hr/5'] },
    { reason: 'value-taken', of: 'user.login', count: 2, identities: ['hr/1', 'hr/3'] },
  ])
  expect(rows).toEqual([
    { user: 'hr/2', login: 'ben' },
    { user: 'hr/6', login: 'cat' },
    { user: 'idp/ada', login: 'ada' },
    { user: 'idp/grace', login: 'grace' },
  ])
  expect(await read('2026-02-02', ...lines)).toMatchObject({ outcome: 'unchanged' })
})
