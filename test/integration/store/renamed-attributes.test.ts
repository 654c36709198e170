import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { inTransaction, updatePositions } from '../../../store/index.ts'
import { attribute, desire, instance, source, user, type Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring, planOn } from './commits.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const numbered = { type: 'string', unique: true } as const

function named(name: string, previously: readonly string[] = []): Document {
  const made = attribute(name, numbered)
  return { ...made, object: { ...made.object, previously } }
}

const ground = (...attributes: readonly Document[]): Document[] => [
  ...[instance(), source('idp'), user('ada', { identities: ['idp/ada'] }), ...attributes],
]

/** Applies a commit and says which attributes it moves. */
async function commit(documents: readonly Document[]): Promise<string[]> {
  const plan = await bring(database.pool, documents)
  await inTransaction(database.pool, (tx) => updatePositions(tx, desire(...documents).objects))
  return plan.changes.flatMap((change) =>
    change.kind === 'Attribute' && change.action === 'move' && 'have' in change
      ? [`${change.have.name} → ${change.name}`]
      : [],
  )
}

/** Gives an attribute a value that is unique, one of somebody who is gone, and a number. */
async function fill(name: string, word: string, number: number): Promise<void> {
  const { pool } = database
  const key = [name, JSON.stringify(word)]
  const person = `(select person_id from identity where ref = 'idp/ada')`
  await pool.query(`insert into attribute_value select $1, ${person}, 0, $2, 'manager'`, key)
  await pool.query(`insert into attribute_unique select $1, 0, $2, ${person}, 0, false`, key)
  await pool.query(`insert into retired_value select $1, 0, value_hash($2), ${person}`, key)
  await pool.query('insert into attribute_counter values ($1, $2, $3)', [name, '', number])
}

async function held(): Promise<string[]> {
  const all = ['attribute_value', 'attribute_unique'].map(
    (table) => `select attribute || ' ' || (value #>> '{}') || ' ${table}' as said from ${table}`,
  )
  const { rows } = await database.pool.query<{ said: string }>(
    `select * from (${all.join(' union all ')}
       union all select attribute || ' ' || next || ' counter' from attribute_counter
       union all select r.attribute || ' ' || w || ' retired' from retired_value r
         join unnest('{one,two}'::text[]) w on r.hash = value_hash(to_jsonb(w))) s order by said collate "C"`,
  )
  return rows.map(({ said }) => said)
}

const kinds = ['attribute_unique', 'attribute_value', 'retired']
const ofWord = (name: string, word: string) => kinds.map((kind) => `${name} ${word} ${kind}`)

describe('attributes that pass their names on', () => {
  it('take everything with them where two swap their names, once', async () => {
    await commit(ground(named('user.a'), named('user.b')))
    await fill('user.a', 'one', 10)
    await fill('user.b', 'two', 20)
    const swapped = ground(named('user.a', ['user.b']), named('user.b', ['user.a']))

    expect(await commit(swapped)).toEqual(['user.b → user.a', 'user.a → user.b'])
    const after = [
      ...['user.a 20 counter', ...ofWord('user.a', 'two')],
      ...['user.b 10 counter', ...ofWord('user.b', 'one')],
    ]
    expect(await held()).toEqual(after)

    expect((await planOn(database.pool, swapped)).plan.changes).toEqual([])
    expect(await commit(swapped)).toEqual([])
    expect(await held()).toEqual(after)
  })

  it('take everything with them along a chain', async () => {
    await commit(ground(named('user.a'), named('user.b')))
    await fill('user.a', 'one', 10)
    await fill('user.b', 'two', 20)
    const chain = ground(named('user.b', ['user.a']), named('user.c', ['user.b']))

    expect(await commit(chain)).toEqual(['user.a → user.b', 'user.b → user.c'])
    expect(await held()).toEqual([
      ...['user.b 10 counter', ...ofWord('user.b', 'one')],
      ...['user.c 20 counter', ...ofWord('user.c', 'two')],
    ])
    expect((await planOn(database.pool, chain)).plan.changes).toEqual([])
  })

  it('stay what they are where nothing continues the one in force', async () => {
    await commit(ground(named('user.a'), named('user.b')))

    expect(await commit(ground(named('user.b', ['user.a'])))).toEqual([])
    expect(await commit(ground(named('user.b', ['user.a']), named('user.a', [])))).toEqual([])
  })
})
