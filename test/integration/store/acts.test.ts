import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import {
  actOnMembers,
  inTransaction,
  listHolds,
  listMembers,
  runClock,
  verifyAudit,
  type ActAnswer,
  type ActInput,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

/** Does something to people of `astro` or `astro/GROUP`. */
// eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
async function act(
  name: MemberAct,
  where: string,
  users: readonly (string | ActInput['requests'][number])[],
  more: Partial<ActInput> = {},
): Promise<ActAnswer[]> {
  const [vo = '', group] = where.split('/')
  const requests = users.map((user) => (typeof user === 'string' ? { user } : user))
  const input = { vo, requests, act: name, reason: 'because', cause: { actor: 'local/test' }, now: noon('2026-02-01') }
  return inTransaction(database.pool, (tx) =>
    actOnMembers(tx, { ...input, ...(group === undefined ? {} : { group }), ...more }),
  )
}

/** The small world, whose VO astro has these rules. */
async function astro(spec: object = {}): Promise<void> {
  await apply(database.pool, smallWorld())
  const have = await stored(database.pool, 'VO', 'astro')
  const managers = [{ user: 'idp/ada' }]
  await apply(database.pool, [
    { ...change(have, document('VO', 'astro', { managers, ...spec })), fields: ['expiration'] },
  ])
}

async function members(group?: string): Promise<object> {
  const { members: list } = await listMembers(database.pool, { vo: 'astro', ...(group === undefined ? {} : { group }) })
  return Object.fromEntries(list.map(({ user, status, expires }) => [user, [status, expires].join(' ').trim()]))
}

const yearly = { expiration: { extendBy: 'P1Y', window: 'P1M' } }

describe('acts of managers on members of a VO', () => {
  it('let somebody join until the day that the rules give, also whom nobody knows yet', async () => {
    await astro(yearly)

    const answers = await act('add', 'astro', ['idp/new', 'idp/newer', 'idp/new'])

    expect(answers).toEqual([
      { user: 'idp/new', status: 'VALID', expires: '2027-02-01' },
      { user: 'idp/newer', status: 'VALID', expires: '2027-02-01' },
      { user: 'idp/new', status: 'VALID', expires: '2027-02-01' },
    ])
    expect(await members()).toMatchObject({ 'idp/new': 'VALID 2027-02-01', 'idp/newer': 'VALID 2027-02-01' })
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('keep a newcomer INVALID who lacks what the VO requires', async () => {
    await astro({ ...yearly, requires: { attributes: ['user.email'] } })

    expect(await act('add', 'astro', ['idp/new'])).toEqual([
      { user: 'idp/new', status: 'INVALID', expires: '2027-02-01' },
    ])
  })

  it('refuse each person with a reason, and do the others', async () => {
    await astro(yearly)
    await act('add', 'astro', ['idp/new'])

    const answers = await act('add', 'astro', [
      'idp/new',
      'nowhere/x',
      { user: 'idp/late', expires: '2026-01-31' },
      'idp/fine',
    ])

    expect(
      answers.map((answer) => ('refused' in answer ? answer.refused.reason : 'status' in answer && answer.status)),
    ).toEqual([...['already-member', 'identity-unknown', 'date-past', 'VALID']])
  })

  it('extend within the window, refuse before it, and bring back who is EXPIRED', async () => {
    await astro(yearly)
    await act('add', 'astro', ['idp/new'])

    const early = await act('extend', 'astro', ['idp/new'], { now: noon('2026-12-31') })
    const within = await act('extend', 'astro', ['idp/new'], { now: noon('2027-01-01') })
    await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now: noon('2028-03-01'), atMost: 10 }))
    const after = await act('extend', 'astro', ['idp/new'], { now: noon('2028-03-02') })

    expect(early).toEqual([{ user: 'idp/new', refused: { reason: 'outside-window', message: expect.any(String) } }])
    expect(within).toEqual([{ user: 'idp/new', status: 'VALID', expires: '2028-01-01' }])
    expect(after).toEqual([{ user: 'idp/new', status: 'VALID', expires: '2029-03-02' }])
  })

  it('name the place in git that keeps a membership, and leave it alone', async () => {
    await astro(yearly)

    const answers = [
      ...(await act('remove', 'astro', ['idp/grace'])),
      ...(await act('delete', 'astro', ['idp/grace'])),
      ...(await act('extend', 'astro', ['idp/grace'])),
      ...(await act('expires', 'astro', [{ user: 'idp/grace', expires: '2027-01-01' }])),
    ]

    expect(answers.map((answer) => ('refused' in answer ? answer.refused.reason : ''))).toEqual([
      ...['declared', 'declared', 'never-expires', 'declared'],
    ])
    expect(JSON.stringify(answers)).toContain('group \\"astro/telescope:operators\\" (all.yaml:1)')
  })

  it('disable and enable; an enabled one whose date has come is EXPIRED', async () => {
    await astro(yearly)
    await act('add', 'astro', ['idp/new', { user: 'idp/linus', expires: null }])

    expect(await act('disable', 'astro', ['idp/new', 'idp/linus'])).toMatchObject([
      { status: 'DISABLED', expires: '2027-02-01' },
      { status: 'DISABLED' },
    ])
    expect(await act('disable', 'astro', ['idp/new'])).toMatchObject([{ refused: { reason: 'already-disabled' } }])
    expect(await act('enable', 'astro', ['idp/linus'])).toMatchObject([{ status: 'VALID' }])
    await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now: noon('2027-03-01'), atMost: 10 }))
    expect(await act('enable', 'astro', ['idp/new'], { now: noon('2027-03-01') })).toMatchObject([
      { status: 'EXPIRED' },
    ])
    expect(await act('enable', 'astro', ['idp/new'])).toMatchObject([{ refused: { reason: 'not-disabled' } }])
  })

  it('end a membership with everything that hangs on it, and take a return for a new one', async () => {
    await astro(yearly)
    await act('add', 'astro', ['idp/new', 'idp/other'])
    await act('add', 'astro/telescope', ['idp/new'])

    expect(await act('remove', 'astro', ['idp/new'])).toEqual([{ user: 'idp/new', status: null, expires: null }])
    expect(await members('telescope')).not.toHaveProperty('idp/new')
    expect(await act('remove', 'astro', ['idp/new'])).toMatchObject([{ refused: { reason: 'not-a-member' } }])
    expect(await act('add', 'astro', ['idp/new'], { now: noon('2026-03-01') })).toEqual([
      { user: 'idp/new', status: 'VALID', expires: '2027-03-01' },
    ])
  })

  it('name the VO, not the group that all its members are', async () => {
    await astro()

    await expect(act('add', 'astro/members', ['idp/new'])).rejects.toMatchObject({
      ...{ code: 'OBJECT_UNKNOWN' },
      message: 'Cannot act on group "astro/members": it is nothing but all members of VO "astro"; name the VO instead',
    })
  })

  it('set and lift dates; today is over at once', async () => {
    await astro(yearly)
    await act('add', 'astro', ['idp/new', 'idp/other'])

    const over = await act('expires', 'astro', [{ user: 'idp/new', expires: '2026-02-01' }])
    const endless = await act('expires', 'astro', [{ user: 'idp/other', expires: null }])
    const back = await act('expires', 'astro', [{ user: 'idp/new', expires: '2026-05-01' }])

    expect([...over, ...endless, ...back]).toEqual([
      { user: 'idp/new', status: 'EXPIRED', expires: '2026-02-01' },
      { user: 'idp/other', status: 'VALID', expires: null },
      { user: 'idp/new', status: 'VALID', expires: '2026-05-01' },
    ])
  })

  it('tell the outbox and the clock, losses first', async () => {
    await astro(yearly)
    await act('add', 'astro', ['idp/new'])
    await act('add', 'astro/telescope', ['idp/new'])
    await database.pool.query('delete from outbox; delete from clock_wake')

    await act('disable', 'astro', ['idp/new'])

    const { rows } = await database.pool.query('select priority from outbox')
    expect(rows).toEqual([{ priority: 1 }])
    expect((await database.pool.query('select vo from clock_wake')).rows).toEqual([{ vo: 'astro' }])
  })
})

describe('the guard of acts', () => {
  it('holds what takes away too much, beside what was taken away within its window', async () => {
    await astro()
    const people = Array.from({ length: 18 }, (_, index) => `idp/p${index}`)
    await act('add', 'astro', people)

    await act('disable', 'astro', people.slice(0, 3))
    await act('disable', 'astro', people.slice(3, 5))
    const more = await act('disable', 'astro', people.slice(5, 6), { now: noon('2026-02-01') })
    expect(more).toEqual([{ user: people[5], held: expect.any(String) }])
    expect(await listHolds(database.pool)).toMatchObject([
      { reasons: [{ message: expect.stringContaining('lose 6 of 20 people') }] },
    ])

    expect(await act('disable', 'astro', people.slice(5, 6), { now: noon('2026-02-03') })).toMatchObject([
      { status: 'DISABLED' },
    ])
  })

  it('holds what empties a group that must not be empty, and lets people leave all the same', async () => {
    await astro()
    await apply(database.pool, [add(document('Group', 'small', {}, 'astro'))])
    await act('add', 'astro', ['idp/new'])
    await act('add', 'astro/small', ['idp/new'])

    expect(await act('remove', 'astro/small', ['idp/new'])).toMatchObject([{ held: expect.any(String) }])
    const themselves = { actor: 'idp/new' }
    expect(await act('leave', 'astro/small', ['idp/new'], themselves)).toEqual([
      { user: 'idp/new', status: null, expires: null },
    ])
  })
})

describe('acts on the membership of a group', () => {
  const halfYear = { expiration: { extendBy: 'P6M', removeAfter: 'P1M' } }

  it('go by the rules of the group, and want a member of the VO', async () => {
    await astro()
    await apply(database.pool, [add(document('Group', 'guests', halfYear, 'astro'))])

    expect(await act('add', 'astro/guests', ['idp/grace', 'idp/linus'])).toMatchObject([
      { user: 'idp/grace', status: 'VALID', expires: '2026-08-01' },
      { refused: { reason: 'identity-unknown' } },
    ])
    expect(await act('extend', 'astro/guests', ['idp/grace'], { now: noon('2026-03-01') })).toMatchObject([
      { status: 'VALID', expires: '2026-09-01' },
    ])
    await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now: noon('2026-09-02'), atMost: 10 }))
    expect(await members('guests')).toEqual({ 'idp/grace': 'EXPIRED 2026-09-01' })
    expect(await act('add', 'astro/guests', ['idp/grace'])).toMatchObject([{ refused: { reason: 'is-over' } }])
    expect(await act('extend', 'astro/guests', ['idp/grace'], { now: noon('2026-09-03') })).toMatchObject([
      { status: 'VALID', expires: '2027-03-03' },
    ])
  })

  it('do not touch what git declares', async () => {
    await astro()

    expect(await act('remove', 'astro/telescope', ['idp/ada'])).toMatchObject([{ refused: { reason: 'declared' } }])
    expect(await act('leave', 'astro/telescope', ['idp/ada'])).toMatchObject([{ refused: { reason: 'declared' } }])
    expect(await act('remove', 'astro/telescope', ['idp/grace'])).toMatchObject([
      { refused: { reason: 'not-in-group' } },
    ])
  })

  it('let nobody in where an offer has no place left', async () => {
    await astro()
    const hpc = await stored(database.pool, 'Facility', 'hpc')
    const { spec } = hpc
    const offers = [{ name: 'main', vo: 'astro', services: ['passwd'], maxMembers: 3 }]
    await apply(database.pool, [change(hpc, document('Facility', 'hpc', { ...spec, offers }))])
    await act('add', 'astro', ['idp/a', 'idp/b'])

    expect(await act('add', 'astro/telescope', ['idp/a', 'idp/b'])).toMatchObject([
      { status: 'VALID' },
      { refused: { message: 'offer "main" of facility "hpc" takes 3 people, and no place is left' } },
    ])
  })
})

describe('who may act', () => {
  it('is an admin, a manager of the VO or of the group, and everybody on leaving themselves', async () => {
    await astro()
    await apply(database.pool, [
      add(document('Group', 'board', { managers: [{ user: 'idp/grace' }] }, 'astro')),
      add(document('Group', 'club', { managers: [{ group: 'telescope:operators' }] }, 'astro')),
    ])
    await act('add', 'astro', ['idp/new'])

    const as = (actor: string, where: string, name: MemberAct = 'add') => act(name, where, ['idp/new'], { actor })
    for (const group of ['astro/board', 'astro/club'])
      expect(await as('idp/grace', group)).toMatchObject([{ status: 'VALID' }])
    await expect(as('idp/grace', 'astro/telescope')).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
    await expect(as('idp/new', 'astro', 'disable')).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
    await expect(as('idp/nobody', 'astro')).rejects.toMatchObject({ code: 'IDENTITY_UNKNOWN' })
    expect(await as('idp/root', 'astro/telescope')).toMatchObject([{ status: 'VALID' }])
    expect(await as('github/ada', 'astro/telescope:operators')).toMatchObject([{ status: 'VALID' }])
    expect(await as('idp/new', 'astro', 'leave')).toMatchObject([{ status: 'DISABLED' }])
  })

  it('is nobody but oneself on leaving: managers and admins put others out, and say so', async () => {
    await astro()
    await act('add', 'astro', ['idp/new'])
    await act('add', 'astro/telescope', ['idp/new'])

    for (const actor of ['idp/ada', 'idp/root'])
      for (const where of ['astro', 'astro/telescope'])
        await expect(act('leave', where, ['idp/new'], { actor })).rejects.toMatchObject({ code: 'ACTOR_NOT_ELIGIBLE' })
    await expect(act('leave', 'astro', ['idp/new', 'idp/ada'], { actor: 'idp/ada' })).rejects.toMatchObject({
      message:
        'Cannot act on people of VO "astro" as "idp/ada": only members themselves leave; put others out by `remove` or `disable`, or leave out `--as` where they asked for it',
    })
    await expect(act('leave', 'astro', ['idp/new'], { actor: 'idp/nobody' })).rejects.toMatchObject({
      code: 'IDENTITY_UNKNOWN',
    })
  })

  it('may be a membership manager of the VO or of the group, who is refused with the role that would do', async () => {
    await astro({ membershipManagers: [{ user: 'idp/mem' }], banManagers: [{ group: 'telescope' }] })
    await apply(database.pool, [
      add(document('Group', 'board', { membershipManagers: [{ user: 'idp/grace' }] }, 'astro')),
    ])
    const as = (actor: string, where: string, name: MemberAct = 'add') => act(name, where, ['idp/new'], { actor })

    expect(await as('idp/mem', 'astro')).toMatchObject([{ status: 'VALID' }])
    expect(await as('idp/grace', 'astro/board')).toMatchObject([{ status: 'VALID' }])
    expect(await as('idp/mem', 'astro/telescope')).toMatchObject([{ status: 'VALID' }])
    expect(await as('idp/mem', 'astro', 'extend')).toMatchObject([{ status: 'VALID' }])
    await expect(as('idp/grace', 'astro/telescope')).rejects.toMatchObject({
      message:
        'Cannot act on people of group "astro/telescope" as "idp/grace": expected a manager or membership manager of the VO or of the group, or an admin of the instance',
    })
  })
})
