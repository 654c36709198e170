import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, remove, row, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  await database.drop()
})

async function held(attribute: string): Promise<unknown> {
  const { rows } = await database.pool.query<{ user: string; value: unknown; origin: string }>(
    `select p.identities[1] as user, v.value, v.origin from attribute_value v join person p on p.id = v.subject
     where v.attribute = $1 order by 1, 2`,
    [attribute],
  )
  return rows.map(({ user, value, origin }) => `${user} ${String(value)} ${origin}`)
}

const attribute = (name: string, spec: object) => add(document('Attribute', name, spec))

describe('values that make themselves', () => {
  it('are logins, the first free one, never that of somebody before, whatever the case', async () => {
    const { pool } = database
    const login = { type: 'string', unique: true, generate: { login: { from: ['displayName', 'identity'] } } }
    await apply(pool, [
      ...smallWorld(),
      attribute('user.loginHpc', login),
      add(document('User', 'old', { identities: ['idp/old'], attributes: { loginHpc: 'ALovelace' } })),
      add(document('User', 'other', { identities: ['idp/other'], attributes: { displayName: 'Anna Lovelace' } })),
      row('add', 'astro/telescope', 'idp/other'),
    ])
    const first = await held('user.loginHpc')
    await apply(pool, [remove(await stored(pool, 'User', 'other'))])
    await apply(pool, [row('add', 'astro/telescope', 'idp/linus')])

    expect(first).toEqual([
      ...['idp/ada ada generated', 'idp/grace grace generated', 'idp/old ALovelace config'],
      'idp/other alovelace2 generated',
    ])
    expect(await held('user.loginHpc')).toEqual([
      ...['idp/ada ada generated', 'idp/grace grace generated', 'idp/linus linus generated'],
      ...['idp/old ALovelace config', 'idp/other alovelace2 generated'],
    ])
  })

  it('come from a template once all it is made of is there', async () => {
    const { pool } = database
    await apply(pool, [
      ...smallWorld(),
      attribute('user.address', { type: 'string', unique: true, generate: { template: '${user.login}@example.org' } }),
      attribute('user-facility.home', { type: 'string', generate: { template: '/home/${user-facility.uid}' } }),
      row('add', 'astro/telescope', 'idp/linus'),
    ])

    expect(await held('user.address')).toEqual([
      'idp/ada ada@example.org generated',
      'idp/grace grace@example.org generated',
    ])
    expect(await held('user-facility.home')).toEqual([
      ...['idp/ada /home/10000 generated', 'idp/grace /home/10001 generated', 'idp/linus /home/10002 generated'],
    ])
  })

  it('are numbers in all, or of each VO, which go on when the VO is renamed', async () => {
    const { pool } = database
    await apply(pool, [
      ...smallWorld(),
      attribute('user.number', { type: 'integer', unique: true, generate: { sequence: { from: 7, to: 9 } } }),
      attribute('member.number', {
        type: 'integer',
        unique: 'vo',
        generate: { sequence: { from: 1, to: 9, per: 'vo' } },
      }),
      ...[add(document('VO', 'bio')), add(document('Group', 'lab', {}, 'bio'))],
      add(document('Resource', 'lab', { facility: 'hpc', services: ['passwd'], groups: ['lab'] }, 'bio')),
      row('add', 'bio/lab', 'idp/grace'),
    ])

    expect(await held('user.number')).toEqual(['idp/ada 7 generated', 'idp/grace 8 generated'])
    expect(await held('member.number')).toEqual([
      'idp/ada 1 generated',
      'idp/grace 1 generated',
      'idp/grace 2 generated',
    ])
  })
})
