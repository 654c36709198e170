import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { inTransaction, readSnapshotInput, type Tx } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => {
  await database.drop()
})

const which = { facility: 'hpc', service: 'passwd' }
const needs = { carriesStatus: true, requires: ['user.login'], uses: ['user.displayName'] }

async function inSnapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(database.pool, work, { isolation: 'repeatable read' })
}

async function people(tx: Tx) {
  const input = await readSnapshotInput(tx, which, needs)
  const found = []
  for await (const accounts of input.accounts()) found.push(...accounts)
  return found.map(({ identities, attributes }) => ({ identities, name: attributes['user.displayName'] }))
}

const hostile = [
  'a\tb',
  'a\nb',
  'a\rb',
  'a\\b',
  '\\N',
  '\\.',
  '"a"',
  'a,b',
  '{a}',
  'NULL',
  "it's $1",
  'žluť 🦊',
  'a b',
  '',
]

/** Ada, under these identities and with this name. */
async function rename(identities: readonly string[], name: unknown): Promise<void> {
  const { pool } = database
  await pool.query('update person set identities = $1 where identities[1] = $2', [identities, 'idp/ada'])
  await pool.query(
    `insert into attribute_value (attribute, subject, object, value, origin)
     select 'user.displayName', id, 0, $1, 'config' from person where identities[1] = 'idp/ada'
     on conflict (attribute, subject, object) do update set value = excluded.value`,
    [JSON.stringify(name)],
  )
}

/** Enough people to fill whatever lies between PostgreSQL and the one who reads. */
async function crowd(): Promise<void> {
  const { pool } = database
  await pool.query(
    `insert into person (identities, created_at) select array['idp/p' || n], now() from generate_series(1, 4000) n`,
  )
  const crowded = `person p where p.identities[1] like 'idp/p%'`
  await pool.query(
    `insert into member (vo_id, person_id, status, since) select vo.id, p.id, 'VALID', now() from vo, ${crowded}`,
  )
  await pool.query(
    `insert into membership (vo_id, group_id, person_id, origin, since)
     select g.vo_id, g.id, p.id, 'config', now() from groups g, ${crowded} and g.name = 'telescope'`,
  )
  await pool.query(
    `insert into attribute_value (attribute, subject, object, value, origin)
     select a.name, p.id, 0, to_jsonb(repeat('x', a.length)), 'config'
     from (values ('user.login', 8), ('user.displayName', 5000)) as a(name, length), ${crowded}
     union all
     select 'user-facility.uid', p.id, f.id, '20000', 'config' from facility f, ${crowded}`,
  )
}

describe('people as a generator reads them', () => {
  it('have their identities and values as they are stored, whatever these hold', async () => {
    const identities = ['idp/ada', ...hostile.slice(0, -1).map((text) => `idp/${text}`)]
    const values = [...hostile, 0, -1.5, 12345678901, 1e21, true, false, null, { 'a\tb': ['\\', { b: 1 }] }]

    await rename(identities, values)

    const [ada] = await inSnapshot(people)
    expect(ada).toEqual({ identities, name: values })
  })

  it('have each of these as their only value too', async () => {
    const values = [...hostile, 0, -1.5, 1e21, true, [], {}]

    const read: unknown[] = []
    for (const value of values) {
      await rename(['idp/ada'], value)
      const [ada] = await inSnapshot(people)
      read.push(ada?.name)
    }

    expect(read).toEqual(values)
  })

  it('wait while the transaction takes another statement, however many are still to come', async () => {
    await crowd()

    const seen = await inSnapshot(async (tx) => {
      const input = await readSnapshotInput(tx, which, needs)
      let count = 0
      for await (const accounts of input.accounts()) {
        await tx.query('select 1')
        count += accounts.length
      }
      return count
    })

    expect(seen).toBe(4_002)
  })

  it('may be left half-way, and the transaction goes on', async () => {
    await crowd()

    const after = await inSnapshot(async (tx) => {
      const input = await readSnapshotInput(tx, which, needs)
      for await (const accounts of input.accounts()) if (accounts.length > 0) break
      return (await tx.query<{ one: number }>('select 1 as one')).rows
    })

    expect(after).toEqual([{ one: 1 }])
  })

  it('end with the reason when PostgreSQL stops, and the pool stays usable', async () => {
    const { pool } = database
    await crowd()

    const reading = inSnapshot(async (tx) => {
      const input = await readSnapshotInput(tx, which, needs)
      await tx.query(`set local statement_timeout = '1ms'`)
      for await (const accounts of input.accounts()) expect(accounts).toBeDefined()
    })

    await expect(reading).rejects.toThrow(/statement timeout/)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})
