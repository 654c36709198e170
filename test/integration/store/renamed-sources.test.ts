import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { identitiesIn, membersIn, prepare, syncIn } from './sync-world.ts'
import { apply, change, document, monday, remove, stored } from './world.ts'

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

  it('a source takes the name of one that was removed, and nothing that that one left', async () => {
    const attributes = { 'user.displayName': '${cn}' }
    await database.pool.query(`update source set spec = spec || $1 where name in ('hr', 'ldap')`, [{ attributes }])
    const say = (source: string, login: string) => ({
      identity: `${source}/${login}`,
      others: [{ identity: `idp/${source}-${login}`, loa: 2 }],
      values: { 'user.displayName': `${login} by ${source}` },
    })
    await syncIn(database.pool, [say('hr', 'ann'), say('hr', 'ben')])
    await syncIn(database.pool, [say('ldap', 'ann'), say('ldap', 'carl')], { source: 'ldap' })
    await database.pool.query(`delete from membership where origin = 'sync' and origin_name = 'hr'`)
    await apply(database.pool, [remove(await stored(database.pool, 'Source', 'hr'))])

    await rename({ ldap: 'hr' })

    expect(await membersIn(database.pool, 'staff')).toEqual({
      'hr/ann': 'VALID sync:hr',
      'hr/carl': 'VALID sync:hr',
    })
    const { rows } = await database.pool.query(
      `select p.identities, v.value, v.source, (select i.vouched_by from identity i where i.person_id = p.id and i.ref like 'idp/%') as vouched_by
       from person p join attribute_value v on v.attribute = 'user.displayName' and v.subject = p.id order by v.value`,
    )
    const until = `hr (until ${monday.toISOString()})`
    expect(rows).toEqual([
      { identities: [`${until}/ann`, 'idp/hr-ann'], value: 'ann by hr', source: until, vouched_by: until },
      { identities: ['hr/ann', 'idp/ldap-ann'], value: 'ann by ldap', source: 'hr', vouched_by: 'hr' },
      { identities: [`${until}/ben`, 'idp/hr-ben'], value: 'ben by hr', source: until, vouched_by: until },
      { identities: ['hr/carl', 'idp/ldap-carl'], value: 'carl by ldap', source: 'hr', vouched_by: 'hr' },
    ])
    const again = ['ann', 'carl'].map((login) => ({
      identity: `hr/${login}`,
      others: [{ identity: `idp/ldap-${login}`, loa: 2 }],
      values: { 'user.displayName': `${login} by ldap` },
    }))
    expect(await syncIn(database.pool, again)).toMatchObject({ outcome: 'unchanged' })
    expect(await syncIn(database.pool, ['hr/ben', ...again])).toMatchObject({ outcome: 'changed', added: 1 })
    expect(await membersIn(database.pool, 'staff')).toMatchObject({ 'hr/ben': 'VALID sync:hr' })
  })
})
