import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  approveChange,
  findApprovals,
  inTransaction,
  readHoldWakes,
  readStatus,
  verifyAudit,
  type ApprovedChange,
  type SubjectRead,
  type SyncSubject,
  type SyncInput,
  type SyncResult,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { membersIn, noon, prepare, syncIn } from './sync-world.ts'

let database: TestDatabase

const people = Array.from({ length: 20 }, (_, index) => `hr/p${String(index + 10)}`)
const morning = (hour: number): Date => new Date(Date.UTC(2026, 1, 2, hour))

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
  await sync(people, { now: noon('2026-01-10') })
})

afterEach(async () => database.drop())

const sync = async (subjects: Parameters<typeof syncIn>[1], more: Partial<SyncInput> = {}): Promise<SyncResult> =>
  syncIn(database.pool, subjects, { now: morning(8), ...more })

async function held(subjects: Parameters<typeof syncIn>[1], hour: number): Promise<string> {
  const result = await sync(subjects, { now: morning(hour) })
  expect(result.outcome).toBe('held')
  return 'digest' in result ? result.digest : ''
}

async function approve(digest: string, at: Date): Promise<ApprovedChange> {
  const approval = { digest, by: 'idp/ada', reason: 'they left', at, compileSchema: () => () => [] }
  return inTransaction(database.pool, (tx) => approveChange(tx, approval))
}

async function open(at = morning(9)): Promise<readonly object[]> {
  return (await readStatus(database.pool, at)).holds
}

async function inStaff(): Promise<number> {
  return Object.keys(await membersIn(database.pool, 'staff')).length
}

describe('a run that is held', () => {
  it('is a hold like others, which the next run does not open again', async () => {
    const digest = await held(people.slice(6), 8)
    await held(people.slice(6), 9)

    expect(await open()).toEqual([
      {
        ...{ scope: 'vo:astro', digest, since: morning(8).toISOString() },
        reasons: [
          expect.objectContaining({
            message: 'source hr names 14 for group astro/staff where it named 20 people before, the limit is 10% fewer',
          }),
          expect.objectContaining({ message: 'group astro/staff would lose 6 of 20 people, the limit is 25%' }),
          expect.objectContaining({ message: 'source hr would lose 6 of 20 people, the limit is 25%' }),
        ],
        change: {
          ...{ kind: 'sync', what: 'sync run', place: 'astro/staff', people: 6, by: 'sync/hr', authentication: null },
          reason:
            'source hr names 14 for group astro/staff where it named 20 people before, the limit is 10% fewer; group astro/staff would lose 6 of 20 people, the limit is 25%; source hr would lose 6 of 20 people, the limit is 25%',
        },
      },
    ])
    expect((await readHoldWakes(database.pool)).holds).toEqual([
      { kind: 'sync', scope: 'vo:astro', digest, sinceAt: morning(8).getTime() },
    ])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('passes once it is approved, once', async () => {
    const digest = await held(people.slice(6), 8)
    const approved = await approve(digest, morning(9))
    const waiting = await inStaff()
    const passed = await sync(people.slice(6), { now: morning(10) })
    await sync(people, { now: morning(11) })

    expect(approved).toEqual({
      ...{ scope: 'vo:astro', kind: 'done' },
      result: { type: 'sync', answers: [{ source: 'hr', vo: 'astro', group: 'staff' }] },
    })
    expect([waiting, passed]).toEqual([20, expect.objectContaining({ outcome: 'changed', removed: 6 })])
    expect(await held(people.slice(6), 12)).toBe(digest)
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('is held anew where it would take away less than was approved, and its losses do not count again once it has passed', async () => {
    await approve(await held(people.slice(8), 8), morning(9))
    await approve(await held(people.slice(6), 10), morning(10))

    expect(await sync(people.slice(6), { now: morning(11) })).toMatchObject({ outcome: 'changed', removed: 6 })
    expect(await sync(people.slice(7), { now: morning(12) })).toMatchObject({ outcome: 'changed', removed: 1 })
  })

  describe('where the source says more than who is in it', () => {
    beforeEach(async () => {
      await database.pool.query(
        `update source set spec = spec || '{"attributes": {"user.displayName": "\${cn}"}}' where name = 'hr'`,
      )
    })

    it.each([
      ['a value', { values: { 'user.displayName': 'Ann' } }, { values: { 'user.displayName': 'Ben' } }],
      ['a level', { others: [{ identity: 'idp/x', loa: 1 }] }, { others: [{ identity: 'idp/x', loa: 2 }] }],
      ['an identity', { others: [{ identity: 'idp/x' }] }, { others: [{ identity: 'idp/y' }] }],
    ])('an approval is not for another one with the same losses and %s more', async (_, before, after) => {
      const one = (more: Partial<SyncSubject>) =>
        people.slice(6).map((identity, index) => ({ identity, ...(index === 0 ? more : {}) }))
      const first = await held(one(before), 8)
      await approve(first, morning(9))

      const second = await held(one(after), 10)

      expect(second).not.toBe(first)
      await approve(second, morning(11))
      expect(await sync(one(after), { now: morning(12) })).toMatchObject({ outcome: 'changed', removed: 6 })
    })
  })

  it('is held anew where it would take away from others than was approved, and the approval is gone', async () => {
    const first = await held(people.slice(6), 8)
    await approve(first, morning(9))
    const second = await held(people.slice(0, 14), 10)

    expect(second).not.toBe(first)
    expect(await open()).toMatchObject([{ digest: second }])
    expect(await held(people.slice(6), 11)).toBe(first)
    expect(await inStaff()).toBe(20)
  })

  it('takes the place of another that was held before', async () => {
    await held(people.slice(6), 8)
    const second = await held(people.slice(7), 9)

    expect(await open()).toMatchObject([{ digest: second, since: morning(9).toISOString() }])
  })

  it('does not wait any more once a run passes', async () => {
    await approve(await held(people.slice(6), 8), morning(9))
    await held(people.slice(0, 14), 10)
    expect(await sync(people, { now: morning(11) })).toMatchObject({ outcome: 'unchanged' })

    expect(await open()).toEqual([])
    expect(await held(people.slice(6), 12)).toEqual(expect.any(String))
  })

  it('goes on waiting while the source is away', async () => {
    const digest = await held(people.slice(6), 8)
    const failing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('away')) }) }
    await sync(failing, { now: morning(9) })

    expect(await open()).toMatchObject([{ digest }])
  })

  it('is approved for 72 hours, and is held anew afterwards', async () => {
    await approve(await held(people.slice(6), 8), morning(9))

    expect(await sync(people.slice(6), { now: noon('2026-02-06') })).toMatchObject({ outcome: 'held' })
  })

  it('cannot be approved once it has lapsed, and the next run opens it again', async () => {
    const digest = await held(people.slice(6), 8)

    await expect(approve(digest, noon('2026-02-06'))).rejects.toMatchObject({ code: 'HOLD_NOT_APPROVABLE' })
    await sync(people.slice(6), { now: noon('2026-02-06') })
    expect(await open(noon('2026-02-06'))).toMatchObject([{ digest, since: noon('2026-02-06').toISOString() }])
  })

  it('is no business of commits: its approval lets none through', async () => {
    await approve(await held(people.slice(6), 8), morning(9))

    expect(await findApprovals(database.pool, { scope: 'vo:astro', after: morning(0) })).toEqual([])
  })

  it('may add as many again only where it is the same that was approved', async () => {
    const crowd = (count: number) => [...people, ...Array.from({ length: count }, (_, index) => `hr/q${String(index)}`)]
    await sync(crowd(40), { now: morning(7) })
    const first = await held(crowd(200), 8)
    await approve(first, morning(9))
    const second = await held(crowd(201), 10)
    await approve(second, morning(11))

    expect(await sync(crowd(201), { now: morning(12) })).toMatchObject({ outcome: 'changed', added: 161 })
  })
})

/** A complete read of 20 records, of so many of which a field is missing. */
function readOf(subjects: readonly string[], fields: Readonly<Record<string, number>> = {}): SubjectRead {
  return {
    async *[Symbol.asyncIterator]() {
      yield subjects.map((identity) => ({ identity }))
      return { complete: true, count: subjects.length, lacking: { records: 20, fields } }
    },
  }
}

describe('what a read says of itself', () => {
  it.each([
    {
      when: 'nobody is named',
      subjects: [],
      messages: ['source hr names nobody for group astro/staff, where 20 people are members by it'],
    },
    { when: 'a tenth fewer are named', subjects: people.slice(2), messages: [] },
    {
      when: 'more than a tenth fewer are named',
      subjects: people.slice(3),
      messages: ['source hr names 17 for group astro/staff where it named 20 people before, the limit is 10% fewer'],
    },
    { when: 'a field is missing in 5 % of the records', subjects: people.slice(1), fields: { mail: 1 }, messages: [] },
    {
      when: 'a field is missing in more than 5 % of the records',
      subjects: people.slice(1),
      fields: { cn: 0, mail: 2 },
      messages: ['source hr lacks "mail" in 2 of 20 records for group astro/staff, the limit is 5%'],
    },
  ])('where $when', async ({ subjects, fields, messages }) => {
    const result = await sync(readOf(subjects, fields))

    const own = 'reasons' in result ? result.reasons.filter(({ code }) => code.startsWith('source-')) : []
    expect(own.map(({ message }) => message)).toEqual(messages)
    expect(result.outcome).toBe(messages.length > 0 ? 'held' : 'changed')
  })

  it('holds nothing where nothing would change', async () => {
    const read = readOf(people, { mail: 20 })

    expect(await sync(read)).toMatchObject({ outcome: 'unchanged' })
  })

  it('that names too few counts nobody as absent', async () => {
    const absent = { then: 'remove', runs: 2 } as const
    expect(await sync(people.slice(4), { absent })).toMatchObject({ outcome: 'held', losses: [] })

    expect((await database.pool.query('select 1 from sync_absence')).rowCount).toBe(0)
  })
})

it('who is absent for a week, and in two reads, is removed then', async () => {
  const absent = { then: 'remove', runs: 2, for: 'P7D' } as const
  const seen: number[] = []
  for (const [day, left] of [
    ['02', 1],
    ['03', 1],
    ['04', 0],
    ['05', 1],
    ['11', 1],
    ['12', 1],
  ] as const) {
    await sync(people.slice(left), { absent, now: noon(`2026-02-${day}`) })
    seen.push(await inStaff())
  }

  expect(seen).toEqual([20, 20, 20, 20, 20, 19])
})
