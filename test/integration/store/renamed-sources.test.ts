import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { identitiesIn, membersIn, prepare, syncIn } from './sync-world.ts'
import { apply, change, document, stored } from './world.ts'

describe('sources with other names', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
    await prepare(database.pool)
  })
  afterEach(async () => database.drop())

  async function rename(names: Readonly<Record<string, string>>): Promise<void> {
    const moves = Object.entries(names).map(async ([from, to]) => ({
      ...change(await stored(database.pool, 'Source', from), document('Source', to, { type: 'declared' })),
      action: 'move' as const,
    }))
    await apply(database.pool, await Promise.all(moves))
  }

  it('a source that is renamed keeps its people and what it gave, and a run finds nothing to change', async () => {
    await database.pool.query(
      `update source set spec = spec || '{"attributes": {"user.displayName": "\${cn}"}}' where name = 'hr'`,
    )
    await syncIn(database.pool, [
      { identity: 'hr/ada', others: [{ identity: 'idp/ada2', loa: 2 }], values: { 'user.displayName': 'Ada' } },
      'hr/grace',
    ])

    await rename({ hr: 'staff' })

    const { rows } = await database.pool.query(
      `select (select source from attribute_value where attribute = 'user.displayName' and value = '"Ada"') as value,
         (select vouched_by from identity where ref = 'idp/ada2') as level`,
    )
    expect(rows).toEqual([{ value: 'staff', level: 'staff' }])

    const again = ['staff/grace', { identity: 'staff/ada', others: [{ identity: 'idp/ada2', loa: 2 }] }]
    const { outcome } = await syncIn(database.pool, again, { source: 'staff' })
    expect(outcome).toBe('unchanged')
    expect(await membersIn(database.pool, 'staff')).toEqual({
      'idp/ada2': 'VALID sync:staff',
      'staff/grace': 'VALID sync:staff',
    })
  })

  it('two sources swap their names', async () => {
    await syncIn(database.pool, ['hr/ada'])
    await syncIn(database.pool, ['ldap/linus'], { source: 'ldap' })

    await rename({ hr: 'ldap', ldap: 'hr' })

    const synced = (await identitiesIn(database.pool)).filter((list) => /^(?:hr|ldap)\//.test(list))
    expect(synced.sort()).toEqual(['hr/linus', 'ldap/ada'])
  })
})
