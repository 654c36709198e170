import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readRustData } from '../../../scripts/rust-team/read.ts'
import type { SyncInput, SyncResult } from '../../../store/index.ts'
import { rustNumbers } from '../../support/rust-oracle.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { noon, prepare, syncIn, writtenIn } from './sync-world.ts'
import { add, apply, document } from './world.ts'

type Subjects = Parameters<typeof syncIn>[1]

describe('one read for many groups', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
    await prepare(database.pool)
    await apply(database.pool, [
      add(document('Group', 'teams', { allowEmpty: true }, 'astro')),
      ...['dome', 'dome:night', 'lens'].map((name) =>
        add(document('Group', `teams:${name}`, { allowEmpty: true }, 'astro')),
      ),
    ])
  })
  afterEach(async () => database.drop())

  const spread = { group: undefined, base: 'teams', authoritative: true } as const
  const sync = async (subjects: Subjects, more: Partial<SyncInput> = {}): Promise<SyncResult> =>
    syncIn(database.pool, subjects, { ...spread, ...more })

  /** Groups by identity; the VO itself is `astro`. */
  async function rowsIn(): Promise<object> {
    const { rows } = await database.pool.query<{ user: string; groups: readonly string[] }>(
      `select p.identities[1] as "user", json_agg(coalesce(g.name, 'astro') order by g.name nulls first) as groups
       from membership m join person p on p.id = m.person_id left join groups g on g.id = m.group_id
       where m.origin = 'sync' group by 1 order by 1`,
    )
    return Object.fromEntries(rows.map(({ user, groups }) => [user, groups]))
  }

  it('everybody is in their groups, and who is in none is in the VO alone', async () => {
    const result = await sync([
      { identity: 'hr/ada', groups: ['dome', 'lens'] },
      { identity: 'hr/grace', groups: ['dome:night'] },
      { identity: 'hr/linus' },
    ])

    const one = { added: 1, changed: 0, removed: 0 }
    expect(result).toMatchObject({ outcome: 'changed', added: 4, changed: 0, removed: 0, skipped: [] })
    expect(result).toMatchObject({
      groups: { '': one, 'teams:dome': one, 'teams:dome:night': one, 'teams:lens': one },
    })
    expect(await rowsIn()).toEqual({
      'hr/ada': ['teams:dome', 'teams:lens'],
      'hr/grace': ['teams:dome:night'],
      'hr/linus': ['astro'],
    })
  })

  it('records with one identity are one subject in all their groups', async () => {
    await sync([
      { identity: 'hr/ada', groups: ['dome'] },
      { identity: 'hr/ada', groups: ['lens'] },
      { identity: 'hr/ada', groups: ['lens'] },
    ])

    const { rows } = await database.pool.query(`select 1 from person where identities = '{hr/ada}'`)
    expect(rows).toHaveLength(1)
    expect(await rowsIn()).toEqual({ 'hr/ada': ['teams:dome', 'teams:lens'] })
  })

  it('a group that is not there is reported and skipped', async () => {
    const result = await sync([
      { identity: 'hr/ada', groups: ['roof', 'lens'] },
      { identity: 'hr/grace', groups: ['roof'] },
    ])

    expect(result.skipped).toEqual([{ reason: 'group-unknown', count: 2, identities: ['teams:roof'] }])
    expect(await rowsIn()).toEqual({ 'hr/ada': ['teams:lens'], 'hr/grace': ['astro'] })
  })

  it('who moves between groups keeps the VO, and who is gone loses it', async () => {
    await sync([
      { identity: 'hr/ada', groups: ['dome'] },
      { identity: 'hr/grace', groups: ['lens'] },
      { identity: 'hr/linus', groups: ['lens'] },
    ])
    const before = await sync([{ identity: 'hr/ada', groups: ['lens'] }, { identity: 'hr/grace' }])

    const { rows } = await database.pool.query<{ user: string; status: string }>(
      `select p.identities[1] as "user", mb.status from member mb join person p on p.id = mb.person_id
       where p.identities[1] like 'hr/%' order by 1`,
    )
    expect(before).toMatchObject({ outcome: 'changed', added: 2, removed: 3 })
    expect(await rowsIn()).toEqual({ 'hr/ada': ['teams:lens'], 'hr/grace': ['astro'] })
    expect(rows).toEqual([
      { user: 'hr/ada', status: 'VALID' },
      { user: 'hr/grace', status: 'VALID' },
      { user: 'hr/linus', status: 'EXPIRED' },
    ])
  })

  it('the same read again writes nothing but its run', async () => {
    const subjects = [{ identity: 'hr/ada', groups: ['dome', 'lens'], expires: '2027-01-01' }, { identity: 'hr/linus' }]
    await sync(subjects)
    const before = await writtenIn(database.pool)

    const { outcome } = await sync(subjects)

    expect(outcome).toBe('unchanged')
    expect(await writtenIn(database.pool)).toEqual(before)
  })

  it('a place is lost group by group, once it was so in so many reads', async () => {
    const later = { absent: { then: 'remove', runs: 2 } } as const
    await sync([{ identity: 'hr/ada', groups: ['dome', 'lens'] }])
    await sync([{ identity: 'hr/ada', groups: ['lens'] }], later)
    const once = await rowsIn()
    await sync([{ identity: 'hr/ada', groups: ['lens'] }], { ...later, now: noon('2026-02-02') })

    expect([once, await rowsIn()]).toEqual([{ 'hr/ada': ['teams:dome', 'teams:lens'] }, { 'hr/ada': ['teams:lens'] }])
  })

  it('of limited places in a group above, nobody gets two', async () => {
    await apply(database.pool, [add(document('Group', 'teams:small', { maxMembers: 2 }, 'astro'))])
    await apply(database.pool, [
      add(document('Group', 'teams:small:a', {}, 'astro')),
      add(document('Group', 'teams:small:b', {}, 'astro')),
    ])

    const result = await sync(
      ['ada', 'grace', 'linus'].map((login) => ({ identity: `hr/${login}`, groups: ['small:a', 'small:b'] })),
    )

    expect(result.skipped).toEqual([{ reason: 'full', count: 1, identities: ['hr/linus'] }])
    expect(await rowsIn()).toEqual({
      'hr/ada': ['teams:small:a', 'teams:small:b'],
      'hr/grace': ['teams:small:a', 'teams:small:b'],
    })
  })

  describe('where places are limited', () => {
    const say = (list: Readonly<Record<string, string>>) =>
      Object.entries(list).map(([login, group]) => ({ identity: `hr/${login}`, groups: [group] }))
    const statuses = async (): Promise<object> => {
      const { rows } = await database.pool.query<{ user: string; status: string }>(
        `select p.identities[1] as "user", mb.status from member mb join person p on p.id = mb.person_id
         where p.identities[1] like 'hr/%' order by 1`,
      )
      return Object.fromEntries(rows.map(({ user, status }) => [user, status]))
    }

    it('who comes from one group into another keeps the place in the one above, before any newcomer', async () => {
      await apply(database.pool, [add(document('Group', 'teams:small', { maxMembers: 2 }, 'astro'))])
      await apply(
        database.pool,
        ['a', 'b'].map((name) => add(document('Group', `teams:small:${name}`, { allowEmpty: true }, 'astro'))),
      )
      await sync(say({ x: 'small:a', z: 'small:a' }))

      const result = await sync(say({ a: 'small:b', x: 'small:a', z: 'small:b' }))

      expect(result.skipped).toEqual([{ reason: 'full', count: 1, identities: ['hr/a'] }])
      expect(await rowsIn()).toEqual({ 'hr/x': ['teams:small:a'], 'hr/z': ['teams:small:b'] })
    })

    it('who finds no place in another group is in the VO alone, and comes in once there is one', async () => {
      await apply(database.pool, [add(document('Group', 'teams:one', { maxMembers: 1, allowEmpty: true }, 'astro'))])
      await sync(say({ x: 'one', y: 'lens', z: 'lens' }))

      const moved = say({ x: 'one', y: 'lens', z: 'one' })
      const outcomes = [(await sync(moved)).outcome]
      const between = [await rowsIn(), await statuses()]
      const before = await writtenIn(database.pool)
      outcomes.push((await sync(moved)).outcome)
      const after = await writtenIn(database.pool)
      outcomes.push((await sync(say({ y: 'lens', z: 'one' }))).outcome)

      expect(between).toEqual([
        { 'hr/x': ['teams:one'], 'hr/y': ['teams:lens'], 'hr/z': ['astro'] },
        { 'hr/x': 'VALID', 'hr/y': 'VALID', 'hr/z': 'VALID' },
      ])
      expect(outcomes).toEqual(['changed', 'unchanged', 'changed'])
      expect(after).toEqual(before)
      expect(await rowsIn()).toEqual({ 'hr/y': ['teams:lens'], 'hr/z': ['teams:one'] })
      expect(await statuses()).toEqual({ 'hr/x': 'EXPIRED', 'hr/y': 'VALID', 'hr/z': 'VALID' })
    })
  })

  it('too many losses in one group hold the whole run', async () => {
    const crowd = Array.from({ length: 20 }, (_, index) => ({ identity: `hr/p${index}`, groups: ['dome', 'lens'] }))
    await sync(crowd)
    const before = await rowsIn()

    const result = await sync(crowd.map((one, index) => (index < 10 ? { ...one, groups: ['dome'] } : one)))

    expect(result).toMatchObject({
      outcome: 'held',
      reasons: [{ code: 'removes-too-many', subject: 'group astro/teams:lens' }],
    })
    expect(await rowsIn()).toEqual(before)
  })

  it('the Rust teams are in one read what they are in git', async () => {
    const folder = fileURLToPath(new URL('../../data/rust-team', import.meta.url))
    const { teams, memberships } = await readRustData(folder)
    const parents = new Map(teams.map(({ name, parent }) => [name, parent]))
    const path = (name: string): string => {
      const parent = parents.get(name)
      return parent === undefined ? name : `${path(parent)}:${name}`
    }
    const names = teams.map(({ name }) => `teams:${path(name)}`).sort()
    await apply(
      database.pool,
      names.map((name) => add(document('Group', name, {}, 'astro'))),
    )

    const subjects = memberships.map(({ team, login }) => ({ identity: `hr/${login}`, groups: [path(team)] }))
    const result = await sync(subjects)
    const { rows } = await database.pool.query(
      `select count(distinct m.group_id)::integer as filled, count(*)::integer as direct,
         (select count(*)::integer from (
           select distinct c.above, m.person_id from closure c join membership m on m.group_id = c.below
           join groups g on g.id = c.above and g.name like 'teams:%'
           where m.origin = 'sync') e) as effective
       from membership m where m.origin = 'sync'`,
    )

    const { direct, effective } = rustNumbers
    expect(result).toMatchObject({ outcome: 'changed', subjects: direct, added: direct, skipped: [] })
    expect(rows).toEqual([{ filled: new Set(memberships.map(({ team }) => team)).size, direct, effective }])
    expect(await sync(subjects)).toMatchObject({ outcome: 'unchanged' })
  })
})
