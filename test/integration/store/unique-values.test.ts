import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import { uniqueKey } from '../../../core/attributes/unique-key.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Change } from '../../../core/model/plan.ts'
import { changeIdentities, changeValues, inTransaction } from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, remove, row, smallWorld, stored, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  await database.drop()
})

const attributes = { number: 7 }

function unique(holder: string): Change {
  return add(document('Attribute', `${holder}.number`, { type: 'integer', unique: true }))
}

async function holdersOf(attribute: string): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select o.name from attribute_unique u
     join (select 'group' as holder, id, name from groups union all select 'resource', id, name from resource
           union all select 'facility', id, name from facility) o
       on u.attribute like o.holder || '.%' and o.id = u.subject
     where u.attribute = $1`,
    [attribute],
  )
  return rows.map(({ name }) => name)
}

describe('a unique value', () => {
  it('of an identity goes from one that is taken away to another', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), unique('identity')])
    const see = async (act: 'add' | 'remove' | 'seen', identity: string, more: object = {}) => {
      const input = { act, requests: [{ identity, ...more }], reason: '', cause: { actor: 'local/test' }, now: tuesday }
      const [answer] = await inTransaction(pool, (tx) => changeIdentities(tx, input))
      expect(answer).not.toHaveProperty('refused')
    }
    await see('add', 'idp/old', { user: 'idp/ada', attributes: { number: '7' } })

    await see('remove', 'idp/old')
    await see('seen', 'idp/grace', { attributes: { number: '7' } })

    const { rows } = await pool.query(
      `select i.ref from attribute_value v join identity i on i.id = v.subject where v.attribute = 'identity.number'`,
    )
    expect(rows).toEqual([{ ref: 'idp/grace' }])
  })

  it('goes from a group that is removed to one that is added', async () => {
    const { pool } = database
    const first = add(document('Group', 'first', { attributes }, 'astro'))
    await apply(pool, [...smallWorld(), unique('group'), first])

    await apply(pool, [
      add(document('Group', 'second', { attributes }, 'astro')),
      remove(await stored(pool, 'Group', 'first')),
    ])

    expect(await holdersOf('group.number')).toEqual(['second'])
  })

  it('goes from a resource that is removed to one that is added', async () => {
    const { pool } = database
    const first = add(document('Resource', 'first', { facility: 'hpc', attributes }, 'astro'))
    await apply(pool, [...smallWorld(), unique('resource'), first])

    await apply(pool, [
      add(document('Resource', 'second', { facility: 'hpc', attributes }, 'astro')),
      remove(await stored(pool, 'Resource', 'first')),
    ])

    expect(await holdersOf('resource.number')).toEqual(['second'])
  })

  it('goes from a facility that is removed to one that is changed', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), unique('facility'), add(document('Facility', 'first', { attributes }))])
    const hpc = await stored(pool, 'Facility', 'hpc')

    await apply(pool, [
      change(hpc, document('Facility', 'hpc', { ...hpc.spec, attributes })),
      remove(await stored(pool, 'Facility', 'first')),
    ])

    expect(await holdersOf('facility.number')).toEqual(['hpc'])
  })

  it('is still refused to a second holder, of whichever VO', async () => {
    const { pool } = database
    const first = add(document('Group', 'first', { attributes }, 'astro'))
    await apply(pool, [...smallWorld(), unique('group'), first, add(document('VO', 'bio'))])

    const clash = apply(pool, [add(document('Group', 'second', { attributes }, 'bio'))])

    await expect(clash).rejects.toMatchObject({
      code: 'ATTRIBUTE_TAKEN',
      facts: { attribute: 'group.number', value: '7', wanted: 'bio/second', held: 'astro/first' },
    })
  })
})

async function batch(...lines: readonly (readonly [user: string, value: string, name?: string])[]): Promise<unknown[]> {
  const requests = lines.flatMap(([user, value, name = 'user.alias']) => {
    const holder = parseHolder(`user:idp/${user}`)
    return holder === undefined ? [] : [{ holder, name, value }]
  })
  const said = { requests, reason: 'test', now: tuesday, cause: { actor: 'local/test' }, compileSchema: anyValueFits }
  const answers = await inTransaction(database.pool, (tx) => changeValues(tx, said))
  return answers.map((one) => ('refused' in one ? one.refused.reason : 'value' in one && one.value))
}

describe('a login', () => {
  const login = add(
    document('Attribute', 'user.login', {
      type: 'string',
      unique: true,
      write: ['self'],
      generate: { login: { from: ['identity'] } },
    }),
  )

  it('is taken in whatever letters somebody has it', async () => {
    await apply(database.pool, smallWorld())

    expect(await batch(['root', 'ADA', 'user.login'])).toEqual(['taken'])
    expect(await batch(['root', 'Root', 'user.login'])).toEqual(['Root'])
    expect(await batch(['root', 'ROOT', 'user.login'])).toEqual(['ROOT'])
  })

  it.each(['user.login', 'user.nick'])(
    'of git and one that makes itself know of those in other letters: %s',
    async (name) => {
      const nick = document('Attribute', 'user.nick', { type: 'string', unique: true, derive: "user.alias + 'x'" })
      await apply(database.pool, [
        ...smallWorld(),
        login,
        add(document('Attribute', 'user.alias', { type: 'string' })),
        add(nick),
      ])
      await batch(['root', 'a'], ['grace', 'A'])
      const held = async (user: string) =>
        (
          await database.pool.query<{ value: string }>(
            `select v.value #>> '{}' as value from attribute_value v join identity i on i.person_id = v.subject
           where v.attribute = $1 and i.ref = $2`,
            [name, user],
          )
        ).rows.map(({ value }) => value)
      await apply(database.pool, [
        add(document('User', 'ivo', { identities: ['idp/ivo'], attributes: { login: 'OTTO' } })),
        row('add', 'astro/telescope', 'github/otto'),
      ])

      expect({
        git: await held('idp/ivo'),
        made: await held('github/otto'),
        first: await held('idp/root'),
        second: await held('idp/grace'),
      }).toEqual(
        name === 'user.login'
          ? { git: ['OTTO'], made: ['otto2'], first: [], second: ['grace'] }
          : { git: [], made: [], first: [], second: ['Ax'] },
      )
    },
  )

  it('clashes with one in other letters where git gives it', async () => {
    await apply(database.pool, smallWorld())

    await expect(
      apply(database.pool, [add(document('User', 'ivo', { identities: ['idp/ivo'], attributes: { login: 'Ada' } }))]),
    ).rejects.toMatchObject({ code: 'ATTRIBUTE_TAKEN' })
  })

  it('is compared alike by the planner and by PostgreSQL', async () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'A', 'é', 'É', 'ß', 'ẞ', 'I', 'ı', 'İ', 'i', '1'), maxLength: 2 }),
      fc.constantFrom<JsonValue>(1, 1.5, true, ['a'], ['A'], { a: 'A' }, { a: 'a' }),
    )
    const values = fc.sample(value, { numRuns: 300, seed: 1 })
    const { rows } = await database.pool.query<{ same: boolean; one: number; other: number }>(
      `select as_claimed(x.value::jsonb) = as_claimed(y.value::jsonb) as same, x.place::integer - 1 as one, y.place::integer - 1 as other
       from unnest($1::text[]) with ordinality x(value, place) cross join unnest($1::text[]) with ordinality y(value, place)`,
      [values.map((one) => JSON.stringify(one))],
    )
    const keys = values.map(uniqueKey)

    expect(rows.filter(({ same, one, other }) => same !== (keys[one] === keys[other]))).toEqual([])
  })
})

describe('unique values of one batch', () => {
  it('are claimed by the last word, and by an earlier one where that is refused', async () => {
    const alias = add(document('Attribute', 'user.alias', { type: 'string', unique: true }))
    await apply(database.pool, [...smallWorld(), alias])

    expect(await batch(['root', 'x'], ['grace', 'X'], ['root', 'y'])).toEqual(['y', 'X', 'y'])
    expect(await batch(['ada', 'z'], ['root', 'w'], ['root', 'z'])).toEqual(['z', 'w', 'taken'])
  })
})
