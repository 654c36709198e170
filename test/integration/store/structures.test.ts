import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { compileCheck } from '../../../schemas/validate.ts'
import { approveChange, inTransaction, syncMembers } from '../../../store/index.ts'
import { group, resource, source } from '../../support/builders.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring, bringApproved, findingsOf, planOn } from './commits.ts'
import {
  assignmentsIn,
  groupsIn,
  idOf,
  membersByGroup,
  putIn,
  readStructure,
  record,
  structuredWorld,
  told,
  tuesday,
} from './structures-world.ts'
import { writtenIn } from './sync-world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await bring(database.pool, structuredWorld())
})

afterEach(async () => database.drop())

const read = async (...parameters: Parameters<typeof readStructure> extends [unknown, ...infer Rest] ? Rest : never) =>
  told(await readStructure(database.pool, ...parameters))
const groups = async (): Promise<readonly string[]> => groupsIn(database.pool)

describe('a structure', () => {
  it('makes groups, and then writes nothing but its run while the source says the same', async () => {
    const records = [record('1 a', { title: 'Team A' }), record('2 b 1'), record('3 c', { includes: ['2'] }), 'bad a/b']

    expect(await read(records)).toBe('changed +3 ~0 -0 bad:name-unfit')
    expect(await groups()).toEqual(['teams', 'teams:a (Team A)', 'teams:a:b', 'teams:c teams:a:b'])
    const before = await writtenIn(database.pool)
    expect(await read(records)).toBe('unchanged bad:name-unfit')
    expect(await writtenIn(database.pool)).toEqual(before)
    const { rows } = await database.pool.query('select outcome, subjects, added, skipped from sync_run order by id')
    expect(rows).toEqual([
      { outcome: 'changed', subjects: 4, added: 3, skipped: { 'name-unfit': 1 } },
      { outcome: 'unchanged', subjects: 4, added: 0, skipped: { 'name-unfit': 1 } },
    ])
  })

  it('keeps a group with its members and access where it is renamed, moved below a newcomer or swaps names', async () => {
    await read(['1 a', '2 b', '3 c 1'])
    for (const [name, user] of [
      ['teams:a', 'idp/ada'],
      ['teams:b', 'idp/grace'],
      ['teams:a:c', 'idp/linus'],
    ] as const)
      await putIn(database.pool, name, user)
    const ids = [
      await idOf(database.pool, 'teams:a'),
      await idOf(database.pool, 'teams:b'),
      await idOf(database.pool, 'teams:a:c'),
    ]

    expect(await read(['1 b', '2 a', '3 c 4', '4 new 1'])).toBe('changed +1 ~3 -0')

    expect(await groups()).toEqual(['teams', 'teams:a', 'teams:b', 'teams:b:new', 'teams:b:new:c'])
    expect([
      await idOf(database.pool, 'teams:b'),
      await idOf(database.pool, 'teams:a'),
      await idOf(database.pool, 'teams:b:new:c'),
    ]).toEqual(ids)
    expect(await membersByGroup(database.pool)).toEqual([
      'teams:a: idp/grace',
      'teams:b: idp/ada',
      'teams:b:new:c: idp/linus',
    ])
  })

  it('changes nothing by a read that is incomplete or failed', async () => {
    await read(['1 a'])

    expect(await read(['2 b'], { read: { isComplete: false } })).toBe('incomplete')
    expect(await read(['2 b'], { read: { failure: new Error('away') } })).toBe('failed')
    expect(await groups()).toEqual(['teams', 'teams:a'])
  })

  it('removes a group whose absence has lasted, and never one that a record of doubt names', async () => {
    const absent = { runs: 2 }
    await read(['1 a', '2 b', '3 c'])

    expect(await read(['1 a'], { absent, read: { unusable: new Set(['3']) } })).toBe('unchanged')
    expect(await read(['1 a', '2 b'], { absent })).toBe('unchanged')
    expect(await read(['1 a'], { absent })).toBe('changed +0 ~0 -1')
    expect(await groups()).toEqual(['teams', 'teams:a', 'teams:b'])
    expect(await read(['1 a'], { absent })).toBe('changed +0 ~0 -1')
    expect(await groups()).toEqual(['teams', 'teams:a'])
  })

  it('counts no group as absent by a read that is held', async () => {
    const absent = { runs: 2 }
    const some = ['1 a', '2 b', '3 c']
    await read(some)

    expect(await read([], { absent })).toBe('held')
    expect(await read(['1 a', '2 b'], { absent })).toBe('unchanged')
    expect(await groups()).toEqual(['teams', 'teams:a', 'teams:b', 'teams:c'])
    expect(await read(some, { absent })).toBe('unchanged')
  })

  it('is held where too many groups would go, or one that a resource names', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `${index} g${index}`)
    await read(many)
    await bring(database.pool, structuredWorld(resource('astro/one', { groups: ['teams:g7'] })))

    const few = await readStructure(database.pool, many.slice(0, 10))
    const one = await readStructure(
      database.pool,
      many.filter((text) => text !== '7 g7'),
    )

    expect(few).toMatchObject({ outcome: 'held', reasons: [{ code: 'source-shrank', removed: 10, base: 20 }] })
    expect(one).toMatchObject({
      outcome: 'held',
      reasons: [
        {
          code: 'deletes-with-dependants',
          message: 'group astro/teams:g7 would be deleted together with what resource astro/one gives it',
        },
      ],
    })
    expect(await groups()).toHaveLength(21)
  })

  it('goes through once where the run that was held is approved, and no run that takes away more', async () => {
    await read(['1 a', '2 b'])
    const held = await readStructure(database.pool, [])
    const digest = held.outcome === 'held' ? held.digest : ''
    const word = { digest, by: 'local/root', reason: 'closed', at: tuesday, compileSchema: compileCheck }

    expect(held).toMatchObject({ outcome: 'held', reasons: [{ code: 'source-empty', removed: 2, base: 2 }] })
    await inTransaction(database.pool, async (tx) => approveChange(tx, word))
    expect(await read([])).toBe('changed +0 ~0 -2')
    await read(['1 a', '2 b'])
    expect(await read([])).toBe('held')
    expect(await read(['1 a', '2 b'])).toBe('unchanged')
    const { rows } = await database.pool.query(`select outcome from hold where kind <> 'commit' order by id`)
    expect(rows).toEqual([{ outcome: 'approved' }, { outcome: 'superseded' }])
  })
})

it('a source of members names the groups of another source by their paths, or else by their keys', async () => {
  await bring(database.pool, structuredWorld(source('hr', { type: 'csv', vos: ['astro'] })))
  await read(['a b', 'k x a', 'dn=z y'])
  const subjects = [
    { identity: 'hr/path', groups: ['b:x'] },
    { identity: 'hr/key', groups: ['k', 'dn=z'] },
    { identity: 'hr/both', groups: ['b', 'a', 'c'] },
  ]

  const result = await inTransaction(database.pool, async (tx) =>
    syncMembers(tx, {
      ...{ source: 'hr', vo: 'astro', base: 'teams', mode: 'full', authoritative: false, now: tuesday },
      ...{ absent: { then: 'remove', runs: 3 }, subjects: subjectsOf(subjects) },
    }),
  )

  expect(result).toMatchObject({ outcome: 'changed', skipped: [{ reason: 'group-unknown', identities: ['teams:c'] }] })
  expect(await membersByGroup(database.pool)).toEqual([
    'teams:b: hr/both',
    'teams:b:x: hr/key hr/path',
    'teams:y: hr/key',
  ])
})

describe('a commit', () => {
  it('leaves the groups of a source as they are, below a base that is renamed too, and ends them with the key', async () => {
    await read(['1 a', '2 b 1'])
    await putIn(database.pool, 'teams:a:b', 'idp/ada')
    const id = await idOf(database.pool, 'teams:a:b')

    const same = await planOn(database.pool, structuredWorld())
    const renamed = structuredWorld().map((document) =>
      document.object.name === 'teams' && document.object.kind === 'Group'
        ? { ...document, object: { ...document.object, name: 'squads', previously: ['teams'] } }
        : document,
    )
    const without = (name: string) => renamed.filter(({ object }) => object.name !== name)

    expect(same.plan.changes).toEqual([])
    expect(findingsOf(same.plan)).toEqual([])
    await bringApproved(database.pool, without('all'))
    expect(await groups()).toEqual(['squads', 'squads:a', 'squads:a:b'])
    expect(await idOf(database.pool, 'squads:a:b')).toBe(id)
    const ended = await bringApproved(
      database.pool,
      without('all').filter(({ object }) => object.name !== 'squads'),
    )
    expect(ended.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'remove squads:a:b',
      'remove squads:a',
      'remove squads',
    ])
    expect(await membersByGroup(database.pool)).toEqual([])
  })

  it('names a group of a source before it is made, and by its former name after it was renamed', async () => {
    const documents = structuredWorld(resource('astro/one', { groups: ['teams:a'] }))

    const early = await bring(database.pool, documents)
    await read(['1 a'])
    const made = await assignmentsIn(database.pool)
    await read(['1 z'])
    const late = await planOn(database.pool, documents)

    expect(findingsOf(early)).toEqual([
      'Resource-astro-one.yaml:1 group-not-made: there is no group "teams:a": the source of "teams" has made none of that name, so nobody gets anything by it',
    ])
    expect(made).toEqual(['all teams', 'one teams:a'])
    expect(await assignmentsIn(database.pool)).toEqual(['all teams', 'one teams:z'])
    expect(late.plan.changes).toEqual([])
    expect(findingsOf(late.plan)).toEqual([
      'Resource-astro-one.yaml:1 group-renamed: the group "teams:a" is called "teams:z" now, as its source says; name it so',
    ])
  })

  it('cannot declare a group that a source keeps, but takes all of them over without the key', async () => {
    await read(['1 a'])
    const id = await idOf(database.pool, 'teams:a')
    const declared = group('astro/teams:a', { members: ['idp/ada'] })

    const taken = await planOn(database.pool, structuredWorld(declared))
    const base = group('astro/teams')
    const over = structuredWorld(declared).map((document) =>
      document.object.kind === 'Group' && document.object.name === 'teams' ? base : document,
    )

    expect(findingsOf(taken.plan)).toEqual([
      'Group-astro-teams:a.yaml:1 duplicate: Group "teams:a" is one that a source keeps below "teams"; choose another name, or take the key "structure" from the group above to declare its groups here',
    ])
    expect(taken.apply).toEqual([])
    await bring(database.pool, over)
    expect(await idOf(database.pool, 'teams:a')).toBe(id)
    expect(await membersByGroup(database.pool)).toEqual(['teams:a: idp/ada'])
    expect((await database.pool.query('select from sourced_group')).rowCount).toBe(0)
  })

  it('has a group whose name no source takes', async () => {
    await bring(database.pool, structuredWorld(group('astro/teams:own')))

    expect(await read(['1 Own', '2 a'])).toBe('changed +1 ~0 -0 1:name-taken')
    expect(await groups()).toEqual(['teams', 'teams:a', 'teams:own'])
  })
})
