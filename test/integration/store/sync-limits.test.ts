import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { SyncInput, SyncResult } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { identitiesIn, membersIn, noon, prepare, syncIn, writtenIn } from './sync-world.ts'
import { add, apply, change, document, row, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
})

afterEach(async () => database.drop())

const sync = async (subjects: Parameters<typeof syncIn>[1], more: Partial<SyncInput> = {}): Promise<SyncResult> =>
  syncIn(database.pool, subjects, more)
const members = async (group?: string): Promise<object> => membersIn(database.pool, group)

describe('a sync', () => {
  it('makes nobody again who was erased', async () => {
    await database.pool.query(
      `insert into erased_identity (hash, at) values (sha256('hr/gone'), now()), (sha256('idp/gone'), now())`,
    )

    expect(await sync(['hr/ann', 'hr/gone', { identity: 'hr/x', others: [{ identity: 'idp/gone' }] }])).toMatchObject({
      ...{ outcome: 'changed', added: 1 },
      skipped: [{ reason: 'erased', count: 2, identities: [] }],
    })
    expect(await sync(['hr/ann', 'hr/gone'])).toMatchObject({ outcome: 'unchanged' })
  })

  it.each([
    ['the group', { group: { maxMembers: 2 } }],
    ['the VO', { vo: { maxMembers: 4 } }],
    ['an offer', { offer: { maxMembers: 2 } }],
  ] as const)('leaves out whom there is no place for in %s, and takes them in once there is one', async (_, spec) => {
    await limit(spec)
    const first = await sync(['hr/a', 'hr/b', 'hr/c', 'hr/d'], { group: 'few' })
    const again = await sync(['hr/a', 'hr/b', 'hr/c', 'hr/d'], { group: 'few' })

    expect(first).toMatchObject({
      ...{ outcome: 'changed', added: 2 },
      skipped: [{ reason: 'full', count: 2, identities: ['hr/c', 'hr/d'] }],
    })
    expect(again).toMatchObject({ outcome: 'unchanged', skipped: [{ reason: 'full', count: 2 }] })
    expect(Object.keys(await members('few'))).toEqual(['hr/a', 'hr/b'])
    expect(await identitiesIn(database.pool)).not.toContain('hr/c')
    if ('vo' in spec) return
    expect(await sync(['hr/b', 'hr/c', 'hr/d'], { group: 'few' })).toMatchObject({ added: 1, removed: 1 })
    expect(Object.keys(await members('few'))).toEqual(['hr/b', 'hr/c'])
  })
})

it('a sync gives access where an offer asks for a level that the source has', async () => {
  await apply(database.pool, [add(document('Source', 'hall', { type: 'declared', loa: 2 }))])
  await limit({ offer: { loa: [2] } })
  await database.pool.query(`update resource set accepts = '{2}' where name = 'nook'`)
  await sync(['hr/ann', 'hr/ben'], { group: 'few' })
  await sync([{ identity: 'hall/1', others: [{ identity: 'hr/ann' }] }], { source: 'hall', group: 'few' })

  const { rows } = await database.pool.query(
    `select distinct p.identities[1] as who from access a join person p on p.id = a.person_id join facility f on f.id = a.facility_id
     where f.name = 'small' and a.status = 'VALID'`,
  )
  expect(rows).toEqual([{ who: 'hall/1' }])
})

/** A group `few` that leads to a resource of its own, with a limit somewhere. */
async function limit({ group, vo, offer }: { group?: object; vo?: object; offer?: object }): Promise<void> {
  await apply(database.pool, [
    add(document('Facility', 'small', { offers: [{ name: 'main', vo: 'astro', ...offer }] })),
    add(document('Group', 'few', { allowEmpty: true, ...group }, 'astro')),
    add(document('Resource', 'nook', { facility: 'small', groups: ['few'] }, 'astro')),
  ])
  const have = await stored(database.pool, 'VO', 'astro')
  if (vo !== undefined) await apply(database.pool, [change(have, document('VO', 'astro', { ...have.spec, ...vo }))])
}

describe('a sync that takes away too much', () => {
  const people = Array.from({ length: 20 }, (_, index) => `hr/p${String(index + 10)}`)

  it('is held and changes nothing, and says what an approval would be for', async () => {
    await sync(people)
    const before = [await members(), await members('staff')]

    const first = await sync(people.slice(6), { now: noon('2026-02-02') })
    const written = await writtenIn(database.pool)
    const second = await sync(people.slice(6), { now: noon('2026-02-03') })

    expect(first).toMatchObject({
      outcome: 'held',
      reasons: [
        { code: 'source-shrank', subject: 'source hr', removed: 6, base: 20, limit: '10%' },
        { code: 'removes-too-many', subject: 'group astro/staff', removed: 6, base: 20, limit: '25%' },
        { code: 'removes-too-many', subject: 'source hr', removed: 6, base: 20, limit: '25%' },
      ],
      losses: [
        { set: { kind: 'group', vo: 'astro', name: 'staff' }, users: expect.any(Array) },
        { set: { kind: 'source', name: 'hr' }, users: expect.any(Array) },
      ],
    })
    expect(second).toEqual(first)
    expect([await members(), await members('staff')]).toEqual(before)
    expect(await writtenIn(database.pool)).toEqual(written)
    expect((await database.pool.query('select 1 from loss')).rowCount).toBe(0)
    const { rows } = await database.pool.query('select outcome, digest from sync_run order by id desc limit 1')
    expect(rows).toEqual([{ outcome: 'held', digest: 'digest' in first ? first.digest : '' }])
  })

  it('counts what went in the window, whoever took it', async () => {
    const many = Array.from({ length: 40 }, (_, index) => `hr/p${String(index + 10)}`)
    await sync(many)

    const outcomes: string[] = []
    for (const [left, day] of [
      [4, '2026-02-02'],
      [7, '2026-02-02'],
      [10, '2026-02-02'],
      [11, '2026-02-02'],
      [11, '2026-02-04'],
    ] as const)
      outcomes.push((await sync(many.slice(left), { now: noon(day) })).outcome)

    expect(outcomes).toEqual(['changed', 'changed', 'changed', 'held', 'changed'])
  })

  it('is held where the source ends it within a week, and not where it says so in time', async () => {
    await sync(people)
    const ending = (day: string) =>
      people.map((identity, index) => (index < 6 ? { identity, expires: day } : { identity }))

    expect(await sync(ending('2026-02-05'))).toMatchObject({
      outcome: 'held',
      reasons: [
        { code: 'removes-too-many', subject: 'group astro/staff', removed: 6, base: 20 },
        { code: 'removes-too-many', subject: 'source hr', removed: 6, base: 20 },
        { code: 'removes-too-many', subject: 'vo astro', removed: 6, base: 22 },
      ],
    })
    expect(await membersIn(database.pool)).toMatchObject({ 'hr/p10': 'VALID sync:hr' })
    expect(await sync(ending('2026-02-20'))).toMatchObject({ outcome: 'changed', changed: 6 })
    expect(await members()).toMatchObject({ 'hr/p10': 'VALID 2026-02-20 sync:hr' })
  })

  it('is held where it names as many as before, and most are others', async () => {
    await sync(people)

    const others = people.map((identity, index) => (index < 5 ? identity : `${identity}-x`))
    expect(await sync(others)).toMatchObject({ outcome: 'held', reasons: [{ removed: 15 }, { removed: 15 }] })
  })

  it('may bring few dates near', async () => {
    await sync(people)

    expect(await sync([{ identity: 'hr/p10', expires: '2026-02-05' }, ...people.slice(1)])).toMatchObject({
      changed: 1,
    })
    expect(await members()).toMatchObject({ 'hr/p10': 'VALID 2026-02-05 sync:hr' })
    expect((await database.pool.query('select 1 from loss')).rowCount).toBe(0)
  })

  it('is held where it adds many times what there is', async () => {
    const more = Array.from({ length: 101 }, (_, index) => `hr/more${String(index)}`)
    await sync([...people, ...more.slice(0, 30)])

    expect(await sync([...people, ...more])).toMatchObject({ outcome: 'changed', added: 71 })
    const flood = Array.from({ length: 300 }, (_, index) => `hr/flood${String(index)}`)
    expect(await sync([...people, ...more, ...flood])).toMatchObject({
      outcome: 'held',
      reasons: [
        { code: 'adds-too-many', subject: 'vo astro' },
        { code: 'adds-too-many', subject: 'group astro/staff' },
        { code: 'adds-too-many', subject: 'source hr' },
      ],
    })
  })

  it('may empty a group only where the group allows it', async () => {
    await apply(database.pool, [
      add(document('Group', 'open', { allowEmpty: true }, 'astro')),
      row('add', 'astro/open', 'idp/ada'),
    ])
    await sync(['hr/ann'], { group: 'open' })

    expect(await sync([], { group: 'open' })).toMatchObject({ outcome: 'changed', removed: 1 })
  })
})

describe('whom a source holds over all VOs', () => {
  const of = (vo: string, count = 9) => Array.from({ length: count }, (_, index) => `hr/${vo}${String(index)}`)
  const vos = ['bio', 'geo', 'lab', 'law', 'sea']

  it('may be fewer by a quarter, whichever runs take them away', async () => {
    for (const name of vos) {
      await apply(database.pool, [
        add(document('VO', name, {})),
        add(document('Group', 'staff', { allowEmpty: true }, name)),
      ])
      await sync(of(name), { vo: name })
    }
    const outcomes: object[] = []
    for (const name of vos) outcomes.push(await sync(of(name, 5), { vo: name, now: noon('2026-02-02') }))

    expect(outcomes).toMatchObject([
      { outcome: 'changed', removed: 4 },
      { outcome: 'changed', removed: 4 },
      {
        outcome: 'held',
        reasons: [{ message: 'source hr would lose 12 of 45 people, the limit is 25%' }],
        losses: [{ set: { kind: 'group' } }, { set: { kind: 'source', name: 'hr' } }],
      },
      { outcome: 'held' },
      { outcome: 'held' },
    ])
    const { rows } = await database.pool.query(`select distinct scope from hold where closed_at is null order by 1`)
    expect(rows).toEqual([{ scope: 'vo:lab' }, { scope: 'vo:law' }, { scope: 'vo:sea' }])
  })
})
