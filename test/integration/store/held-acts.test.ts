import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import {
  actOnMembers,
  approveChange,
  closeChange,
  eraseUsers,
  findClosedHold,
  forgetHoldWakes,
  inTransaction,
  listHolds,
  listMembers,
  readHoldWakes,
  verifyAudit,
  type ActAnswer,
  type ActInput,
  type ApprovedChange,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
  await act('add', 'astro', people)
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const people = Array.from({ length: 18 }, (_, index) => `idp/p${String(index).padStart(2, '0')}`)
const half = people.slice(0, 9)

// eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
async function act(
  name: MemberAct,
  where: string,
  users: readonly string[],
  more: Partial<ActInput> = {},
): Promise<ActAnswer[]> {
  const [vo = '', group] = where.split('/')
  const input = { vo, requests: users.map((user) => ({ user })), act: name, reason: 'they left' }
  const rest = { cause: { actor: 'idp/ada' }, now: noon('2026-02-01'), ...(group === undefined ? {} : { group }) }
  return inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, ...rest, ...more }))
}

async function approve(digest: string, day = '2026-02-02'): Promise<ApprovedChange> {
  const approval = { digest, by: 'idp/grace', reason: 'agreed', at: noon(day), compileSchema: () => () => [] }
  return inTransaction(database.pool, (tx) => approveChange(tx, approval))
}

async function valid(): Promise<number> {
  const { members } = await listMembers(database.pool, { vo: 'astro' })
  return members.filter(({ status }) => status === 'VALID').length
}

async function count(table: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(`select count(*)::integer from ${table}`)
  return rows[0]?.count ?? -1
}

/** The digest under which everybody who was not refused is held. */
function digestIn(answers: readonly ActAnswer[]): string {
  const digests = new Set(answers.flatMap((answer) => ('held' in answer ? [answer.held] : [])))
  expect(digests.size).toBe(1)
  return [...digests][0] ?? ''
}

describe('an act over the limit of the guard', () => {
  it('is held and changes nothing, while who was refused hears why', async () => {
    const before = [await count('loss'), await count('outbox'), await count('clock_wake')]

    const answers = await act('disable', 'astro', [...half, 'idp/nobody'])

    const held = digestIn(answers)
    expect(answers).toEqual([
      ...half.map((user) => ({ user, held })),
      { user: 'idp/nobody', refused: expect.objectContaining({ reason: 'identity-unknown' }) },
    ])
    expect(await valid()).toBe(20)
    expect([await count('loss'), await count('outbox'), await count('clock_wake')]).toEqual(before)
    expect(await listHolds(database.pool)).toMatchObject([
      { kind: 'act', scope: 'vo:astro', digest: held, commit: null, since: noon('2026-02-01') },
    ])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('is held too where it is said of many that they leave, unless each says it of themselves', async () => {
    for (const user of half.slice(0, 5))
      expect(await act('leave', 'astro', [user], { actor: user })).toMatchObject([{ status: 'DISABLED' }])

    digestIn(await act('leave', 'astro', half.slice(5)))

    expect(await valid()).toBe(15)
  })

  it('is the same hold when the same person enters it again, in any order and by any identity, and another one otherwise', async () => {
    const first = digestIn(await act('disable', 'astro', half))

    const again = digestIn(await act('disable', 'astro', [...half].reverse(), { now: noon('2026-02-02') }))
    const byOther = digestIn(await act('disable', 'astro', half, { cause: { actor: 'idp/grace' } }))
    const forOther = digestIn(await act('disable', 'astro', half, { reason: 'another' }))

    expect(again).toBe(first)
    expect(new Set([first, byOther, forOther]).size).toBe(3)
    expect((await listHolds(database.pool)).map(({ digest }) => digest)).toEqual([first, byOther, forOther])
  })

  it('does not stand in the way of other acts and of commits', async () => {
    await act('disable', 'astro', half)

    const other = await act('disable', 'astro', ['idp/p17'])
    const have = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(have, document('VO', 'astro', { requires: {} }))])

    expect(other).toMatchObject([{ user: 'idp/p17', status: 'DISABLED' }])
    expect(await listHolds(database.pool)).toHaveLength(1)
  })

  it('is carried out once when somebody approves it, and counts for no later loss', async () => {
    const digest = digestIn(await act('disable', 'astro', half))

    const done = await approve(digest)
    await expect(approve(digest)).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' })

    expect(done).toMatchObject({ kind: 'done', scope: 'vo:astro' })
    expect(await valid()).toBe(11)
    expect(await listHolds(database.pool)).toEqual([])
    expect(await findClosedHold(database.pool, digest)).toEqual({ scope: 'vo:astro', outcome: 'approved' })
    expect(await act('disable', 'astro', ['idp/p17'], { now: noon('2026-02-02') })).toMatchObject([
      { status: 'DISABLED' },
    ])
    const { rows } = await database.pool.query('select change, by, reason, content is null as forgot from hold')
    expect(rows).toEqual([{ change: null, by: null, reason: null, forgot: false }])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('leaves a trail of who entered it, who approved it, and whose change it is', async () => {
    await approve(digestIn(await act('disable', 'astro', half)))

    const { rows } = await database.pool.query(
      `select coalesce(personal->>'by', actor) as actor, action, kind, count(*)::integer as times
       from event join event_detail on event_id = id where at >= '2026-02-01' and kind in ('Hold', 'Approval', 'Member')
       and action <> 'add' or kind = 'Approval' group by 1, 2, 3, batch order by batch, min(id)`,
    )
    expect(rows).toEqual([
      { actor: 'idp/ada', action: 'open', kind: 'Hold', times: 1 },
      { actor: 'idp/grace', action: 'add', kind: 'Approval', times: 1 },
      { actor: 'guildhall', action: 'close', kind: 'Hold', times: 1 },
      { actor: 'idp/ada', action: 'disable', kind: 'Member', times: 9 },
    ])
  })

  it('keeps nobody from being erased whom its reason names, once it has lapsed', async () => {
    const [user = '', ...others] = people
    await act('disable', 'astro', others.slice(8), { reason: `as ${user} said` })
    const erase = async (day: string) => {
      const input = { users: [user], reason: 'request 7', cause: { actor: 'local/test' }, now: noon(day) }
      return inTransaction(database.pool, (tx) => eraseUsers(tx, input))
    }

    expect(await erase('2026-02-03')).toMatchObject([{ refused: { reason: 'held' } }])
    expect(await erase('2026-02-04')).toMatchObject([{ erased: true }])
    expect(await listHolds(database.pool)).toEqual([])
  })

  it('cannot be approved once 72 hours have passed, closed or not, and begins anew when it is entered again', async () => {
    const digest = digestIn(await act('disable', 'astro', half))

    await expect(approve(digest, '2026-02-04')).rejects.toMatchObject({
      code: 'HOLD_NOT_APPROVABLE',
      message: expect.stringContaining(
        'it was held on 2026-02-01T12:00:00.000Z, and nobody approved it within 72 hours',
      ),
    })
    expect(await valid()).toBe(20)
    expect(digestIn(await act('disable', 'astro', half, { now: noon('2026-02-05') }))).toBe(digest)

    expect(await listHolds(database.pool)).toMatchObject([{ digest, since: noon('2026-02-05') }])
    expect(await findClosedHold(database.pool, digest)).toMatchObject({ outcome: 'lapsed' })
    expect(await approve(digest, '2026-02-06')).toMatchObject({ kind: 'done' })
    expect(await valid()).toBe(11)
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('is held anew, under another digest, where somebody loses more by then than was approved', async () => {
    const digest = digestIn(await act('disable', 'astro', half))
    await apply(database.pool, [add(document('Group', 'crew', {}, 'astro'))])
    await act('add', 'astro/crew', half.slice(0, 1), { now: noon('2026-02-02') })

    const done = await approve(digest)

    expect(done).toMatchObject({ kind: 'held', scope: 'vo:astro' })
    expect(await valid()).toBe(20)
    const [open] = await listHolds(database.pool)
    expect(open).toMatchObject({ kind: 'act', since: noon('2026-02-02') })
    expect(open?.digest).not.toBe(digest)
    expect(await findClosedHold(database.pool, digest)).toMatchObject({ outcome: 'superseded' })
    expect(await approve(open?.digest ?? '')).toMatchObject({ kind: 'done' })
    expect(await valid()).toBe(11)
  })

  it('goes through with those who are left where some have gone meanwhile', async () => {
    const digest = digestIn(await act('disable', 'astro', half))
    const [gone, left] = [half.slice(0, 2), half.slice(2)]
    await act('delete', 'astro', gone, { now: noon('2026-02-02') })
    expect(await valid()).toBe(18)

    expect(await approve(digest, '2026-02-03')).toMatchObject({
      kind: 'done',
      result: {
        answers: [
          ...gone.map((user) => ({ user, refused: { reason: 'not-a-member' } })),
          ...left.map((user) => ({ user, status: 'DISABLED' })),
        ],
      },
    })
    expect(await valid()).toBe(11)
    expect(await count(`membership where status = 'VALID' and group_id is null`)).toBe(16)
  })

  it('follows its VO to another name, where what is lost has another name too and wants another word', async () => {
    const digest = digestIn(await act('disable', 'astro', half))
    const have = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(have, document('VO', 'stars', {}))])

    expect(await listHolds(database.pool)).toMatchObject([{ scope: 'vo:stars', digest }])
    const woken = await readHoldWakes(database.pool)
    await forgetHoldWakes(database.pool, woken)
    const sinceAt = noon('2026-02-01').getTime()
    expect(woken.holds).toEqual([{ kind: 'act', scope: 'vo:stars', digest, sinceAt, left: ['vo:astro'] }])
    await approve(digest)
    const [anew] = await listHolds(database.pool)
    expect(await approve(anew?.digest ?? '')).toMatchObject({ kind: 'done', scope: 'vo:stars' })
  })

  it('that is to end on a day which comes while it is held ends at once', async () => {
    const requests = half.map((user) => ({ user, expires: '2026-02-01' }))
    const digest = digestIn(await act('expires', 'astro', half, { requests }))

    await approve(digest, '2026-02-03')

    const { members } = await listMembers(database.pool, { vo: 'astro' })
    expect(members.filter(({ status }) => status === 'EXPIRED')).toHaveLength(9)
  })

  it('tells its workflow once that it began, and once that it is over', async () => {
    const digest = digestIn(await act('disable', 'astro', half))
    const begun = await readHoldWakes(database.pool)
    await forgetHoldWakes(database.pool, begun)
    await inTransaction(database.pool, (tx) => closeChange(tx, { digest, outcome: 'lapsed', at: noon('2026-02-04') }))
    const ended = await readHoldWakes(database.pool)
    await forgetHoldWakes(database.pool, ended)

    const held = { kind: 'act', scope: 'vo:astro', digest, sinceAt: noon('2026-02-01').getTime() }
    expect([begun.holds, ended.holds]).toEqual([[held], [{ ...held, closedAt: noon('2026-02-04').getTime() }]])
    expect((await readHoldWakes(database.pool)).holds).toEqual([])
    await expect(approve(digest)).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' })
  })

  it('is one that lets in more than twice as many as there are, too, but not one by one', async () => {
    const crowd = Array.from({ length: 101 }, (_, index) => `idp/c${index}`)
    await act(
      'add',
      'astro',
      Array.from({ length: 30 }, (_, index) => `idp/b${index}`),
    )

    const answers = await act('add', 'astro', crowd)
    const alone = await act('add', 'astro', crowd.slice(0, 1))
    const [open] = await listHolds(database.pool)

    expect(open?.reasons).toEqual([expect.objectContaining({ code: 'adds-too-many', subject: 'vo astro', base: 50 })])
    expect(alone).toMatchObject([{ status: 'VALID' }])
    expect(await approve(digestIn(answers))).toMatchObject({ kind: 'done' })
    expect(await valid()).toBe(151)
  })

  it('entered twice at the same moment is one hold', async () => {
    const both = await Promise.all([act('disable', 'astro', half), act('disable', 'astro', half)])

    expect(digestIn(both.flat())).not.toBe('')
    expect(await listHolds(database.pool)).toHaveLength(1)
  })
})
