import { afterEach, beforeEach, expect, it } from '@jest/globals'
import type { Change } from '../../../core/model/plan.ts'
import { attribute, facility, group, instance, resource, vo, type Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from './commits.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

async function commit(documents: readonly Document[]): Promise<readonly Change[]> {
  return (await bring(database.pool, documents)).changes
}

async function values(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select attribute || ' ' || (value #>> '{}') as said from attribute_value order by 1`,
  )
  return rows.map(({ said }) => said)
}

it('derived values of things stand with given ones, are no change the second time, and go with the expression', async () => {
  const path = attribute('group-resource.path', { type: 'string', derive: "'/' + vo.short + '/' + group.unixName" })
  const documents = (...more: readonly Document[]): Document[] => [
    ...[instance(), attribute('vo.short', { type: 'string' }), facility('hpc', { hosts: [{ name: 'login1' }] })],
    attribute('group.label', { type: 'string' }),
    attribute('group.unixName', { type: 'string', unique: true, derive: "'g_' + group.label" }),
    attribute('host.alias', { type: 'string', derive: "'gateway'" }),
    ...[vo('astro', { attributes: { short: 'as' } }), group('astro/g', { attributes: { label: 'ops' } })],
    ...[resource('astro/disk', { groups: ['g'] }), ...more],
  ]

  await commit(documents(path))
  const first = await values()
  const again = await commit(documents(path))
  await commit(documents(attribute('group-resource.path', { type: 'string' })))

  expect(first).toEqual([
    'group-resource.path /as/g_ops',
    'group.label ops',
    'group.unixName g_ops',
    'host.alias gateway',
    'vo.short as',
  ])
  expect(again).toEqual([])
  expect(await values()).toEqual(['group.label ops', 'group.unixName g_ops', 'host.alias gateway', 'vo.short as'])
})
