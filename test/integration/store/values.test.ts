import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { JsonValue } from '../../../core/model/json.ts'
import { writeValues, type ChangedValue, type ValueOrigin } from '../../../store/changes/values/write-values.ts'
import { inTransaction } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, remove, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => {
  await database.drop()
})

async function idOf(table: string, column: string, name: string): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(`select id from ${table} where ${column} = $1`, [name])
  return rows[0]?.id ?? 0
}

async function personOf(identity: string): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>('select person_id as id from identity where ref = $1', [
    identity,
  ])
  return rows[0]?.id ?? 0
}

interface Writing {
  readonly attribute: string
  readonly user: string
  readonly object?: number
  readonly value: JsonValue | undefined
  readonly origin?: ValueOrigin
}

async function write({ attribute, user, object = 0, value, origin = 'manager' }: Writing): Promise<ChangedValue[]> {
  const subject = await personOf(user)
  return inTransaction(database.pool, (tx) =>
    writeValues(tx, { values: [{ attribute, subject, object, value }], origin }),
  )
}

async function held(attribute: string): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ user: string; value: JsonValue; origin: string }>(
    `select p.identities[1] as user, v.value, v.origin from attribute_value v join person p on p.id = v.subject
     where v.attribute = $1 order by 1`,
    [attribute],
  )
  return rows.map(({ user, value, origin }) => [user, value, origin])
}

describe('a value of a person', () => {
  it('is written, changed and taken away, and says what it was', async () => {
    const made = await write({ attribute: 'user.email', user: 'idp/ada', value: 'ada@example.org' })
    const same = await write({ attribute: 'user.email', user: 'idp/ada', value: 'ada@example.org' })
    const changed = await write({ attribute: 'user.email', user: 'idp/ada', value: 'a@example.org', origin: 'self' })
    const stands = await held('user.email')
    const gone = await write({ attribute: 'user.email', user: 'idp/ada', value: undefined })

    expect([made, same, changed, gone].map((all) => all.map(({ before, value }) => [before, value]))).toEqual([
      [[undefined, 'ada@example.org']],
      [],
      [['ada@example.org', 'a@example.org']],
      [['a@example.org', undefined]],
    ])
    expect(stands).toEqual([['idp/ada', 'a@example.org', 'self']])
    expect(await held('user.email')).toEqual([])
  })

  it('of git is neither overwritten nor taken away', async () => {
    const attempts = [
      await write({ attribute: 'user.login', user: 'idp/ada', value: 'lovelace' }),
      await write({ attribute: 'user.login', user: 'idp/ada', value: undefined }),
    ]

    expect(attempts).toEqual([[], []])
    expect(await held('user.login')).toEqual([
      ['idp/ada', 'ada', 'config'],
      ['idp/grace', 'grace', 'config'],
    ])
  })

  it.each([
    ['true', true, false],
    ['vo', 'vo', true],
  ])(
    'that is unique (%s) is refused to a second person, and free in another VO where that is said',
    async (_, unique, isFree) => {
      const { pool } = database
      await apply(pool, [
        add(document('Attribute', 'member.number', { type: 'string', unique })),
        add(document('VO', 'bio')),
      ])
      const [astro, bio] = [await idOf('vo', 'name', 'astro'), await idOf('vo', 'name', 'bio')]
      const attribute = 'member.number'
      await write({ attribute, user: 'idp/ada', object: astro, value: '7' })

      const clash = write({ attribute, user: 'idp/grace', object: astro, value: '7' })
      const elsewhere = write({ attribute, user: 'idp/grace', object: bio, value: '7' })

      await expect(clash).rejects.toMatchObject({
        code: 'ATTRIBUTE_TAKEN',
        message:
          'Cannot set member.number of "idp/grace" to "7": "idp/ada" holds this value, and it is unique; give one of them another',
      })
      await (isFree
        ? expect(elsewhere).resolves.toHaveLength(1)
        : expect(elsewhere).rejects.toThrow('holds this value'))
    },
  )

  it('made by itself is given to nobody else, even when its holder has it no more', async () => {
    await write({ attribute: 'user.login', user: 'idp/grace', value: undefined })
    const user = await stored(database.pool, 'User', 'grace')
    await apply(database.pool, [remove(user)])
    await write({ attribute: 'user.login', user: 'idp/grace', value: 'ghopper', origin: 'generated' })
    await write({ attribute: 'user.login', user: 'idp/grace', value: undefined })
    await apply(database.pool, [add(document('User', 'linus', { identities: ['idp/linus'] }))])

    const attempt = write({ attribute: 'user.login', user: 'idp/linus', value: 'ghopper' })

    await expect(attempt).rejects.toThrow('"idp/grace" had this value, and it is never given to anybody else')
  })

  it('goes with what it is about', async () => {
    const { pool } = database
    const telescope = await idOf('groups', 'name', 'telescope:operators')
    await write({ attribute: 'member-group.shift', user: 'idp/ada', object: telescope, value: 'night' })

    await apply(pool, [remove(await stored(pool, 'Group', 'telescope:operators'))])

    expect(await held('member-group.shift')).toEqual([])
  })
})
