import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  inTransaction,
  listMembers,
  syncMembers,
  verifyAudit,
  type SyncInput,
  type SyncResult,
} from '../../../store/index.ts'
import { failingAfter, subjectsOf } from '../../support/subjects.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld(),
    add(document('Source', 'hr', { type: 'declared' })),
    add(document('Source', 'ldap', { type: 'declared' })),
    add(document('Group', 'staff', {}, 'astro')),
  ])
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

async function sync(
  subjects: readonly Parameters<typeof subjectsOf>[0][number][] | SyncInput['subjects'],
  more: Partial<SyncInput> = {},
): Promise<SyncResult> {
  return inTransaction(database.pool, (tx) =>
    syncMembers(tx, {
      ...{ source: 'hr', vo: 'astro', group: 'staff', mode: 'full', authoritative: false },
      ...{ absent: { then: 'remove', runs: 1 }, now: noon('2026-02-01') },
      subjects: Symbol.asyncIterator in subjects ? subjects : subjectsOf(subjects),
      ...more,
    }),
  )
}

async function members(group?: string): Promise<object> {
  const { members: list } = await listMembers(database.pool, { vo: 'astro', ...(group === undefined ? {} : { group }) })
  return Object.fromEntries(
    list.map(({ user, status, expires, origins }) => [
      user,
      [status, expires, ...origins].filter((part) => part !== undefined).join(' '),
    ]),
  )
}

/** Everything that a run could write, but its own row. */
async function written(): Promise<unknown> {
  const tables = [
    'person',
    'identity',
    'membership',
    'membership_past',
    'member',
    'member_past',
    'event',
    'chain',
    'outbox',
  ]
  const counts = tables.map(
    (name) => `select '${name}' as name, count(*)::integer as rows, max(xmin::text::bigint) from ${name}`,
  )
  const { rows } = await database.pool.query(counts.join(' union all '))
  return rows
}

async function runs(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ outcome: string }>('select outcome from sync_run order by id')
  return rows.map(({ outcome }) => outcome)
}

const changed = { outcome: 'changed', added: 0, changed: 0, removed: 0, subjects: 0, skipped: [] }

describe('a sync of a group', () => {
  it('makes users and members of whom it names, beside the rows of others', async () => {
    expect(await sync(['hr/ann', 'hr/ben', { identity: 'hr/late', starts: '2026-02-02' }])).toEqual({
      ...changed,
      added: 2,
      subjects: 3,
    })

    expect(await members('staff')).toEqual({ 'hr/ann': 'VALID sync:hr', 'hr/ben': 'VALID sync:hr' })
    expect(await members()).toEqual({
      'hr/ann': 'VALID sync:hr',
      'hr/ben': 'VALID sync:hr',
      'idp/ada': 'VALID config',
      'idp/grace': 'VALID config',
    })
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('writes nothing but its run where nothing changed', async () => {
    await sync(['hr/ann', { identity: 'hr/ben', expires: '2026-03-01' }])
    const before = await written()

    const again = await sync(['hr/ben', 'hr/ann', { identity: 'hr/ben', expires: '2026-03-01' }].slice(1))

    expect(again).toEqual({ outcome: 'unchanged', subjects: 2, skipped: [] })
    expect(await written()).toEqual(before)
    expect(await runs()).toEqual(['changed', 'unchanged'])
  })

  it('takes out whom it names no more, and leaves the member of the VO to its rules', async () => {
    await sync(['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve'])

    expect(await sync(['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot'], { now: noon('2026-02-03') })).toMatchObject({
      outcome: 'changed',
      removed: 1,
    })

    expect(await members('staff')).not.toHaveProperty('hr/eve')
    expect(await members()).toMatchObject({ 'hr/eve': 'VALID' })
  })

  it('gives rows the dates of the source, and takes them back', async () => {
    await sync(['hr/ann', { identity: 'hr/ben', expires: '2026-03-01' }])
    const dated = await members()
    await sync([{ identity: 'hr/ann', expires: '2026-04-01' }, 'hr/ben'])

    expect(dated).toMatchObject({ 'hr/ann': 'VALID sync:hr', 'hr/ben': 'VALID 2026-03-01 sync:hr' })
    expect(await members()).toMatchObject({ 'hr/ann': 'VALID 2026-04-01 sync:hr', 'hr/ben': 'VALID sync:hr' })
  })

  it.each([
    ['is incomplete', subjectsOf(['hr/ann'], { complete: false }), 'incomplete'],
    ['counts other than it gave', subjectsOf(['hr/ann'], { count: 2 }), 'incomplete'],
    ['is empty', subjectsOf([]), 'empty'],
    ['fails on the way', failingAfter(['hr/ann', 'hr/new']), 'failed'],
  ] as const)('changes nobody by a read that %s', async (_, subjects, outcome) => {
    await sync(['hr/ann', 'hr/ben'])
    const before = await written()

    expect(await sync(subjects)).toMatchObject({ outcome })
    expect(await written()).toEqual(before)
    expect(await runs()).toEqual(['changed', outcome])
  })

  it('touches only its own rows', async () => {
    await sync(['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve'])
    await sync(['ldap/x'], { source: 'ldap' })
    await sync(['ldap/y', 'ldap/x'], { source: 'ldap' })
    await sync(['ldap/y', 'ldap/x'], { source: 'ldap', group: 'telescope' })

    expect(await members('staff')).toMatchObject({ 'hr/ann': 'VALID sync:hr', 'ldap/x': 'VALID sync:ldap' })
    expect(await members('telescope')).toMatchObject({ 'idp/ada': 'VALID config', 'ldap/y': 'VALID sync:ldap' })
  })

  it('waits as many complete reads as it is told before somebody counts as absent', async () => {
    const absent = { then: 'remove', runs: 3 } as const
    const all = ['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve']
    const without = all.slice(1)
    const seen: boolean[] = []
    for (const subjects of [
      all,
      without,
      without,
      all,
      without,
      subjectsOf(without, { complete: false }),
      without,
      without,
    ]) {
      await sync(subjects, { absent })
      seen.push('hr/ann' in (await members('staff')))
    }

    expect(seen).toEqual([true, true, true, true, true, true, true, false])
    expect((await database.pool.query('select 1 from sync_absence')).rowCount).toBe(0)
  })

  it('makes rows of the absent EXPIRED where it is told to, and brings them back', async () => {
    const absent = { then: 'expire', runs: 1 } as const
    const all = ['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve']
    await sync(all, { absent })
    await sync(all.slice(1), { absent, now: noon('2026-02-02') })
    const away = [await members('staff'), await members()]
    const again = await sync(all.slice(1), { absent, now: noon('2026-02-09') })
    await sync(all, { absent, now: noon('2026-02-10') })

    expect(away).toMatchObject([{ 'hr/ann': 'EXPIRED 2026-02-02 sync:hr' }, { 'hr/ann': 'EXPIRED 2026-02-02 sync:hr' }])
    expect(again).toMatchObject({ outcome: 'unchanged' })
    expect(await members('staff')).toMatchObject({ 'hr/ann': 'VALID sync:hr' })
  })

  it('ends whom the source calls over, and takes nobody in who is over already', async () => {
    const over = { identity: 'hr/ann', isOver: true }
    const others = ['hr/ben', 'hr/cid', 'hr/dot', 'hr/eve']
    await sync(['hr/ann', ...others])
    await sync([over, ...others, { identity: 'hr/old', expires: '2020-01-01' }], { now: noon('2026-02-02') })
    const again = await sync([over, ...others], { now: noon('2026-02-09') })

    expect(again).toMatchObject({ outcome: 'unchanged' })
    expect(await members('staff')).toMatchObject({ 'hr/ann': 'EXPIRED 2026-02-02 sync:hr' })
    expect(await members('staff')).not.toHaveProperty('hr/old')
  })

  it('puts only members of the VO in where it may make none', async () => {
    const result = await sync(
      [{ identity: 'hr/1', others: ['idp/ada'] }, 'hr/new', { identity: 'hr/2', others: ['idp/stranger'] }],
      { mode: 'existing-members' },
    )

    expect(result).toMatchObject({ outcome: 'changed', added: 1, subjects: 3 })
    expect(await members('staff')).toEqual({ 'idp/ada': 'VALID sync:hr' })
    expect(await identities()).not.toContain('hr/1')
  })
})

describe('a subject with several identities', () => {
  it('is the one person who has some of them, and gives them the others', async () => {
    await sync([
      { identity: 'hr/1', others: ['idp/ada'] },
      { identity: 'hr/2', others: ['idp/new, with "all" \\ of it'] },
    ])
    const again = await sync([
      { identity: 'hr/2', others: ['idp/new, with "all" \\ of it'] },
      { identity: 'hr/1', others: ['idp/ada'] },
    ])

    expect(again).toMatchObject({ outcome: 'unchanged' })
    expect(await members('staff')).toEqual({ 'hr/2': 'VALID sync:hr', 'idp/ada': 'VALID sync:hr' })
    expect(await identities()).toEqual(
      expect.arrayContaining(['idp/ada,github/ada,hr/1', 'hr/2,idp/new, with "all" \\ of it']),
    )
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('that are of two people is left out, and they keep what they have', async () => {
    await sync(['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve'])

    const result = await sync([
      { identity: 'hr/ann', others: ['hr/ben'] },
      ...['hr/cid', 'hr/dot', 'hr/eve'],
      ...[
        { identity: 'hr/x', others: ['idp/both'] },
        { identity: 'hr/y', others: ['idp/both'] },
      ],
    ])

    expect(result).toEqual({
      ...{ outcome: 'unchanged', subjects: 6 },
      skipped: [{ reason: 'ambiguous', count: 3, identities: ['hr/ann', 'hr/x', 'hr/y'] }],
    })
    expect(Object.keys(await members('staff'))).toEqual(['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve'])
  })

  it('without one that is the source’s own is left out', async () => {
    expect(await sync(['hr/ann', 'idp/ben', 'hr/', `hr/x\ny`])).toMatchObject({
      ...{ outcome: 'changed', added: 1, subjects: 1 },
      skipped: [{ reason: 'no-identity', count: 3, identities: ['idp/ben', 'hr/', 'hr/x\ny'] }],
    })
  })
})

async function identities(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ list: string }>(
    `select array_to_string(identities, ',') as list from person`,
  )
  return rows.map(({ list }) => list)
}

describe('a sync that takes away too much', () => {
  const people = Array.from({ length: 20 }, (_, index) => `hr/p${String(index + 10)}`)

  it('is held and changes nothing, and says what an approval would be for', async () => {
    await sync(people)
    const before = await written()

    const first = await sync(people.slice(6), { now: noon('2026-02-02') })
    const second = await sync(people.slice(6), { now: noon('2026-02-03') })

    expect(first).toMatchObject({
      outcome: 'held',
      reasons: [{ code: 'removes-too-many', subject: 'group astro/staff', removed: 6, base: 20, limit: '25%' }],
      losses: [{ set: { kind: 'group', vo: 'astro', name: 'staff' }, users: expect.any(Array) }],
    })
    expect(second).toEqual(first)
    expect(await written()).toEqual(before)
    expect((await database.pool.query('select 1 from loss')).rowCount).toBe(0)
    const { rows } = await database.pool.query('select outcome, digest from sync_run order by id desc limit 1')
    expect(rows).toEqual([{ outcome: 'held', digest: 'digest' in first ? first.digest : '' }])
  })

  it('counts what went in the window, whoever took it', async () => {
    await sync(people)

    const outcomes: string[] = []
    for (const [left, day] of [
      [3, '2026-02-02'],
      [6, '2026-02-02'],
      [6, '2026-02-04'],
    ] as const)
      outcomes.push((await sync(people.slice(left), { now: noon(day) })).outcome)

    expect(outcomes).toEqual(['changed', 'held', 'changed'])
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
