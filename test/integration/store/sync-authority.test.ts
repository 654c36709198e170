import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { isBroughtBack, statusOnceLetGo, type LeftRow } from '../../../core/lifecycle/source-lets-go.ts'
import type { MemberStatus } from '../../../core/model/state.ts'
import {
  actOnMembers,
  inTransaction,
  listMembers,
  runClock,
  syncMembers,
  type ActInput,
  type SyncInput,
} from '../../../store/index.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld } from './world.ts'

let database: TestDatabase

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const crowd = Array.from({ length: 20 }, (_, index) => `hr/p${String(index + 10)}`)

beforeAll(async () => {
  database = await createTestDatabase()
})

beforeEach(async () => {
  await database.drop()
  database = await createTestDatabase()
  const open = { allowEmpty: true }
  await apply(database.pool, [
    ...smallWorld(),
    ...['hr', 'ldap'].map((name) => add(document('Source', name, { type: 'declared' }))),
    ...['staff', 'lab', 'club'].map((name) => add(document('Group', name, open, 'astro'))),
  ])
  await sync('staff', crowd)
})

afterAll(async () => database.drop())

async function sync(
  group: string,
  subjects: Parameters<typeof subjectsOf>[0],
  more: Partial<SyncInput> = {},
): Promise<string> {
  const { outcome } = await inTransaction(database.pool, (tx) =>
    syncMembers(tx, {
      ...{ source: 'hr', vo: 'astro', group, mode: 'full', authoritative: group !== 'club' },
      ...{ absent: { then: 'remove', runs: 1 }, now: noon('2026-02-02') },
      ...{ subjects: subjectsOf(subjects), ...more },
    }),
  )
  return outcome
}

async function act(name: ActInput['act'], user: string, more: Partial<ActInput> = {}): Promise<unknown> {
  const [answer] = await inTransaction(database.pool, (tx) =>
    actOnMembers(tx, {
      ...{ act: name, vo: 'astro', requests: [{ user }], reason: 'because', cause: { actor: 'local/test' } },
      ...{ now: noon('2026-02-02'), ...more },
    }),
  )
  return answer
}

async function tick(now: Date): Promise<void> {
  while ((await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost: 100 }))).more) continue
}

async function statusOf(user: string): Promise<unknown> {
  const { members } = await listMembers(database.pool, { vo: 'astro' })
  return members.find((member) => member.user === user)?.status
}

async function endedBy(user: string): Promise<unknown> {
  const { rows } = await database.pool.query<{ ended_by: string | null }>(
    'select mb.ended_by from member mb join identity i on i.person_id = mb.person_id where i.ref = $1',
    [user],
  )
  return rows[0]?.ended_by
}

describe('leaving an authoritative group by its source', () => {
  it('makes the member of the VO EXPIRED at once, and coming back lifts that', async () => {
    await sync('staff', crowd.slice(1))
    const away = [await statusOf('hr/p10'), await endedBy('hr/p10')]
    await sync('staff', crowd)

    expect(away).toEqual(['EXPIRED', 'sync'])
    expect([await statusOf('hr/p10'), await endedBy('hr/p10')]).toEqual(['VALID', null])
  })

  it('does so too where the source calls them over, or its date comes', async () => {
    await sync('staff', [
      { identity: 'hr/p10', isOver: true },
      { identity: 'hr/p11', expires: '2026-03-01' },
      ...crowd.slice(2),
    ])
    await sync('club', ['hr/p11'])
    const before = [await statusOf('hr/p10'), await statusOf('hr/p11')]
    await tick(noon('2026-03-02'))

    expect(before).toEqual(['EXPIRED', 'VALID'])
    expect([await statusOf('hr/p11'), await endedBy('hr/p11')]).toEqual(['EXPIRED', 'sync'])
  })

  it('leaves alone whom an ordinary group has lost: the rules of the VO apply from that day', async () => {
    const rules = { expiration: { extendBy: 'P1Y' } }
    await apply(database.pool, [
      add(document('VO', 'geo', rules)),
      add(document('Group', 'all', { allowEmpty: true }, 'geo')),
    ])
    await sync('all', crowd, { vo: 'geo', authoritative: false })
    await sync('all', crowd.slice(1), { vo: 'geo', authoritative: false, now: noon('2026-03-05') })

    const { members } = await listMembers(database.pool, { vo: 'geo' })
    expect(members.find(({ user }) => user === 'hr/p10')).toMatchObject({
      ...{ status: 'VALID', origins: ['manager'], expires: '2027-03-05' },
    })
  })

  const rows: readonly (readonly [string, () => Promise<unknown>, LeftRow])[] = [
    ['another authoritative group', () => sync('lab', ['hr/p10']), left('sync', true, true)],
    ['an ordinary synced group', () => sync('club', ['hr/p10']), left('sync', true, false)],
    [
      'another source with authority',
      () => sync('club', ['hr/p10'], { source: 'hr', authoritative: true }),
      left('sync', true, true),
    ],
    ['a row of git', () => apply(database.pool, [row('add', 'astro/club', 'hr/p10')]), left('config', true, false)],
    ['a manager’s row on the VO', () => act('add', 'hr/p10'), left('manager', false, false)],
    ['a manager’s row in a group', () => act('add', 'hr/p10', { group: 'club' }), left('manager', true, false)],
  ]
  it.each(rows)('agrees with the rule in core where %s is left', async (_, give, rest) => {
    await give()
    await sync('staff', crowd.slice(1), { now: noon('2026-02-03') })

    expect(await statusOf('hr/p10')).toBe(statusOnceLetGo({ status: 'VALID', rows: [rest] }))
  })
})

function left(origin: LeftRow['origin'], isOfGroup: boolean, isAuthoritative: boolean): LeftRow {
  return { origin, isOfGroup, isAuthoritative, status: 'VALID' }
}

describe('a source that names somebody anew', () => {
  it.each([
    ['EXPIRED', 'clock'],
    ['DISABLED', 'clock'],
    ['DISABLED', 'person'],
    ['EXPIRED', 'sync'],
  ] as const)('brings back who is %s by %s as the rule in core says', async (status, by) => {
    await database.pool.query(
      `update member set status = $1, ended_by = $2 where person_id = (select person_id from identity where ref = 'hr/p10')`,
      [status, by],
    )
    await sync('club', ['hr/p10'])

    const expected: MemberStatus = isBroughtBack({ status, endedByPerson: by === 'person' }) ? 'VALID' : status
    expect(await statusOf('hr/p10')).toBe(expected)
  })
})

describe('a manager', () => {
  it.each([
    ['remove', {}, 'declared'],
    ['delete', {}, 'declared'],
    ['extend', {}, 'never-expires'],
    ['expires', {}, 'declared'],
    ['remove', { group: 'staff' }, 'declared'],
    ['leave', { group: 'staff' }, 'declared'],
    ['extend', { group: 'staff' }, 'never-expires'],
    ['expires', { group: 'staff' }, 'declared'],
  ] as const)('cannot %s whom a source keeps %j: %s', async (name, where, reason) => {
    expect(await act(name, 'hr/p10', where)).toEqual({
      user: 'hr/p10',
      refused: { reason, message: expect.stringContaining('(sync hr)') },
    })
  })

  it('can disable whom a source keeps, and the source does not lift it', async () => {
    await act('disable', 'hr/p10')
    await sync('staff', [{ identity: 'hr/p10', expires: '2027-01-01' }, ...crowd.slice(1)])

    expect(await statusOf('hr/p10')).toBe('DISABLED')
  })
})
