import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  inTransaction,
  openPool,
  syncMembers,
  verifyAudit,
  type SyncInput,
  type SyncResult,
} from '../../../store/index.ts'
import { failingAfter, subjectsOf } from '../../support/subjects.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { identitiesIn, membersIn, noon, prepare, runsIn, syncIn, writtenIn } from './sync-world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
})

afterEach(async () => database.drop())

const sync = async (subjects: Parameters<typeof syncIn>[1], more: Partial<SyncInput> = {}): Promise<SyncResult> =>
  syncIn(database.pool, subjects, more)
const members = async (group?: string): Promise<object> => membersIn(database.pool, group)

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
    const before = await writtenIn(database.pool)

    const again = await sync(['hr/ben', 'hr/ann', { identity: 'hr/ben', expires: '2026-03-01' }].slice(1))

    expect(again).toEqual({ outcome: 'unchanged', subjects: 2, skipped: [] })
    expect(await writtenIn(database.pool)).toEqual(before)
    expect(await runsIn(database.pool)).toEqual(['changed', 'unchanged'])
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
    ['fails on the way', failingAfter(['hr/ann', 'hr/new']), 'failed'],
  ] as const)('changes nobody by a read that %s', async (_, subjects, outcome) => {
    await sync(['hr/ann', 'hr/ben'])
    const before = await writtenIn(database.pool)

    expect(await sync(subjects)).toMatchObject({ outcome })
    expect(await writtenIn(database.pool)).toEqual(before)
    expect(await runsIn(database.pool)).toEqual(['changed', outcome])
  })

  it('that is broken off leaves everything as it was, and the next one makes up for it', async () => {
    await sync(['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve'])
    const before = await writtenIn(database.pool)
    const subjects = ['hr/ben', 'hr/cid', 'hr/dot', 'hr/eve', 'hr/fay']

    const pool = openPool(database.url)
    const broken = inTransaction(pool, async (tx) => {
      await syncMembers(tx, {
        ...{ source: 'hr', vo: 'astro', group: 'staff', mode: 'full', authoritative: true, now: noon('2026-02-02') },
        ...{ absent: { then: 'remove', runs: 1 }, subjects: subjectsOf(subjects) },
      })
      await tx.query('select pg_terminate_backend(pg_backend_pid())')
    })
    await expect(broken).rejects.toThrow()
    await pool.end()

    expect(await writtenIn(database.pool)).toEqual(before)
    expect(await sync(subjects)).toMatchObject({ outcome: 'changed', added: 1, removed: 1 })
    expect(Object.keys(await members('staff'))).toEqual(subjects)
    expect((await verifyAudit(database.pool)).valid).toBe(true)
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
      [
        { identity: 'hr/1', others: [{ identity: 'idp/ada' }] },
        'hr/new',
        { identity: 'hr/2', others: [{ identity: 'idp/stranger' }] },
      ],
      { mode: 'existing-members' },
    )

    expect(result).toMatchObject({ outcome: 'changed', added: 1, subjects: 3 })
    expect(await members('staff')).toEqual({ 'idp/ada': 'VALID sync:hr' })
    expect(await identitiesIn(database.pool)).not.toContain('hr/1')
  })
})

describe('a subject with several identities', () => {
  it('is the one person who has some of them, and gives them the others', async () => {
    await sync([
      { identity: 'hr/1', others: [{ identity: 'idp/ada' }] },
      { identity: 'hr/2', others: [{ identity: 'idp/new, with "all" \\ of it' }] },
    ])
    const again = await sync([
      { identity: 'hr/2', others: [{ identity: 'idp/new, with "all" \\ of it' }] },
      { identity: 'hr/1', others: [{ identity: 'idp/ada' }] },
    ])

    expect(again).toMatchObject({ outcome: 'unchanged' })
    expect(await members('staff')).toEqual({ 'hr/2': 'VALID sync:hr', 'idp/ada': 'VALID sync:hr' })
    expect(await identitiesIn(database.pool)).toEqual(
      expect.arrayContaining(['idp/ada,github/ada,hr/1', 'hr/2,idp/new, with "all" \\ of it']),
    )
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('that are of two people is left out, and they keep what they have', async () => {
    await sync(['hr/ann', 'hr/ben', 'hr/cid', 'hr/dot', 'hr/eve'])

    const result = await sync([
      { identity: 'hr/ann', others: [{ identity: 'hr/ben' }] },
      ...['hr/cid', 'hr/dot', 'hr/eve'],
      ...[
        { identity: 'hr/x', others: [{ identity: 'idp/both' }] },
        { identity: 'hr/y', others: [{ identity: 'idp/both' }] },
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
      skipped: [{ reason: 'no-identity', count: 3, identities: ['hr/', 'hr/x\ny', 'idp/ben'] }],
    })
  })
})
