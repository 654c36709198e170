import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  changeIdentities,
  changeSponsors,
  inTransaction,
  listMembers,
  lockVos,
  nextDue,
  runClock,
  verifyAudit,
  type ActInput,
  type Tx,
} from '../../../store/index.ts'
import { group, instance, source, user, vo, type Document } from '../../support/builders.ts'
import { somebodyWaits } from '../../support/somebody-waits.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from './commits.ts'
import { apply, change, document, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const cause = { actor: 'local/test' }
const begin = noon('2026-01-05')

async function commit(...documents: readonly Document[]): Promise<void> {
  await bring(database.pool, [instance(), ...documents], begin)
}

/** By another rule of a VO its clock cannot do anything before this moment. */
async function giveNotices(name: string, asOf: Date): Promise<void> {
  const have = await stored(database.pool, 'VO', name)
  const want = document('VO', name, { ...have.spec, notices: { before: ['P1D'] } })
  await apply(database.pool, [{ ...change(have, want), fields: ['notices'] }], { asOf })
}

async function see(identity: string, loa: number, at: Date): Promise<void> {
  const now = at < begin ? begin : at
  const input = { act: 'seen', requests: [{ identity, loa, at }], reason: '', cause, now } as const
  await inTransaction(database.pool, (tx) => changeIdentities(tx, input))
}

async function act(input: Omit<ActInput, 'cause' | 'reason'>): Promise<void> {
  await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, reason: '', cause }))
}

/** Lets the clock run until nothing is left to do, which is soon. */
async function run(name: string, now: Date): Promise<void> {
  for (let steps = 0; steps < 20; steps += 1) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: name, now, atMost: 100 }))
    if (!step.more) return
  }
  throw new Error(`the clock of VO "${name}" finds no end`)
}

async function inGroup(name: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select p.identities[1] || ' ' || to_char(m.since at time zone 'UTC', 'YYYY-MM-DD') as said from membership m
     join groups g on g.id = m.group_id join person p on p.id = m.person_id where g.name = $1 order by 1`,
    [name],
  )
  return rows.map(({ said }) => said)
}

async function ended(): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select vo.name || '/' || g.name || ' ' || to_char(m.ended at time zone 'UTC', 'YYYY-MM-DD') as said
     from membership_past m join groups g on g.id = m.group_id join vo on vo.id = m.vo_id order by 1`,
  )
  return rows.map(({ said }) => said)
}

async function statusesIn(name: string): Promise<object> {
  const { members } = await listMembers(database.pool, { vo: name })
  return Object.fromEntries(members.map(({ user: of, status }) => [of, status]))
}

/** Of everybody, also those that are over. */
async function statusesSince(): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    'select status, since from member union all select status, began from member_past order by since',
  )
  return rows
}

const yearly = { validFor: 'P1Y' }
const monthly = { validFor: 'P1M' }

describe('levels that count no longer', () => {
  it('make nobody INVALID where a level counts again by the day on which the clock may go on', async () => {
    await commit(
      source('idp', { loa: 0, ...monthly }),
      source('hr', { loa: 1, ...monthly }),
      user('zed', { identities: ['idp/zed', 'hr/zed'] }),
      vo('astro', { requires: { loa: [1] }, members: ['idp/zed'] }),
    )
    await see('idp/zed', 1, noon('2025-12-31'))
    await see('hr/zed', 2, noon('2026-01-03'))
    expect(await statusesIn('astro')).toEqual({ 'idp/zed': 'VALID' })
    await giveNotices('astro', noon('2026-02-10'))

    await run('astro', noon('2026-02-11'))

    expect(await statusesIn('astro')).toEqual({ 'idp/zed': 'VALID' })
    expect(await nextDue(database.pool, 'astro')).toEqual({ at: undefined, count: 0 })
  })

  it.each([
    ['before there was the VO', noon('2025-02-01')],
    ['before they joined', noon('2026-01-10')],
  ])('let nobody in for a time in the past: the level that was accepted then counted %s', async (_, at) => {
    await commit(
      source('idp', monthly),
      source('hr', { validFor: 'P3M' }),
      user('zed', { identities: ['idp/zed', 'hr/zed'] }),
      vo('astro', { requires: { loa: [1] } }),
    )
    await see('idp/zed', 2, at)
    await see('hr/zed', 1, at)
    const joined = noon('2026-05-01')
    await act({ vo: 'astro', act: 'add', requests: [{ user: 'idp/zed' }], now: joined })
    expect(await statusesIn('astro')).toEqual({ 'idp/zed': 'INVALID' })

    await run('astro', noon('2026-05-02'))

    expect(await statusesSince()).toEqual([{ status: 'INVALID', since: joined }])
  })

  it('take from nobody, in the past, what they have since', async () => {
    await commit(
      source('idp', monthly),
      source('hr', { loa: 1, validFor: 'P3M' }),
      user('zed', { identities: ['idp/zed', 'hr/zed'] }),
      vo('astro', { requires: { loa: [1] } }),
    )
    await see('idp/zed', 1, noon('2026-01-10'))
    await see('hr/zed', 2, noon('2026-01-10'))
    const joined = noon('2026-05-01')
    await act({ vo: 'astro', act: 'add', requests: [{ user: 'idp/zed' }], now: joined })
    expect(await statusesIn('astro')).toEqual({ 'idp/zed': 'VALID' })

    await run('astro', noon('2026-05-02'))

    expect(await statusesSince()).toEqual([{ status: 'VALID', since: joined }])
  })

  it('are followed day by day, also where nothing may be rewritten before a later day', async () => {
    await commit(
      source('idp', { loa: 0, ...monthly }),
      vo('astro'),
      group('astro/seen', { where: '2 in user.loas', allowEmpty: true }),
      vo('all', { members: ['idp/ann', 'idp/ben'] }),
    )
    await see('idp/ann', 2, noon('2026-01-01'))
    await see('idp/ben', 2, noon('2026-01-05'))
    expect(await inGroup('seen')).toEqual(['idp/ann 2026-01-05', 'idp/ben 2026-01-05'])
    await giveNotices('astro', noon('2026-02-03'))

    await run('astro', noon('2026-02-11'))

    expect(await inGroup('seen')).toEqual([])
    expect(await ended()).toEqual(['astro/seen 2026-02-03', 'astro/seen 2026-02-05'])
  })
})

const strict = vo('strict')

describe('the clock of another VO', () => {
  it('gives nobody back what they had by a level that counted when it was due', async () => {
    await commit(
      source('idp', { loa: 0, ...monthly }),
      vo('quiet', { sponsors: [{ user: 'idp/boss' }], members: ['idp/boss'] }),
      strict,
      group('strict/trusted', { where: '2 in user.loas', allowEmpty: true }),
    )
    const requests = [{ user: 'idp/pia', sponsor: 'idp/boss', until: '2027-01-01' }]
    const sponsoring = { act: 'add', vo: 'quiet', requests, reason: '', cause, now: begin } as const
    await inTransaction(database.pool, (tx) => changeSponsors(tx, sponsoring))
    await see('idp/pia', 2, noon('2026-06-01'))
    expect(await inGroup('trusted')).toEqual(['idp/pia 2026-06-01'])
    await run('strict', noon('2026-07-02'))
    await act({ act: 'disable', vo: 'quiet', requests: [{ user: 'idp/boss' }], now: noon('2026-09-01') })

    await run('quiet', noon('2026-09-01'))

    expect(await inGroup('trusted')).toEqual([])
    expect(await ended()).toEqual(['strict/trusted 2026-07-01'])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it('lets rows come and go now, and its own on the day on which that was due', async () => {
    await commit(
      source('idp'),
      vo('quiet', { members: ['idp/pia'] }),
      group('quiet/board'),
      group('quiet/chairs', { where: "'quiet/board' in user.groups", allowEmpty: true }),
      strict,
      group('strict/board', { where: "'quiet/board' in user.groups", allowEmpty: true }),
      group('strict/rest', { where: "!('quiet/board' in user.groups)", allowEmpty: true }),
    )
    const requests = [{ user: 'idp/pia', expires: '2026-03-01' }]
    await act({ act: 'add', vo: 'quiet', group: 'board', requests, now: begin })

    await run('quiet', noon('2026-03-09'))

    expect(await ended()).toEqual([
      'quiet/board 2026-03-01',
      'quiet/chairs 2026-03-01',
      'strict/board 2026-03-09',
      'strict/rest 2026-01-05',
    ])
    expect(await inGroup('rest')).toEqual(['idp/pia 2026-03-09'])
  })

  it('does not bring a member back whom a manager is just making DISABLED', async () => {
    await aboutToMove('rest', "!('quiet/board' in user.groups)")
    await run('strict', noon('2026-02-02'))
    const disabling = await database.pool.connect()
    await disabling.query('begin')
    const requests = [{ user: 'idp/pia' }]
    const input = { act: 'disable', vo: 'strict', requests, reason: '', cause, now: noon('2026-03-02') } as const
    await actOnMembers(disabling, input)

    const clock = run('quiet', noon('2026-03-02'))
    await somebodyWaits(database.pool)
    await disabling.query('commit')
    disabling.release()
    await clock

    expect(await inGroup('rest')).toEqual(['idp/pia 2026-03-02'])
    expect(await statusesIn('strict')).toEqual({ 'idp/pia': 'DISABLED' })
  })
})

/** On March 1 the clock of quiet takes pia out of its board; in strict, where a rule asks for that, pia was until February 1. */
async function aboutToMove(name: string, where: string, ...more: readonly Document[]): Promise<void> {
  await commit(
    source('idp', yearly),
    vo('quiet', { members: ['idp/pia'] }),
    group('quiet/board'),
    strict,
    group(`strict/${name}`, { where, allowEmpty: true }),
    ...more,
  )
  const until = (expires: string) => [{ user: 'idp/pia', expires }]
  await act({ act: 'add', vo: 'quiet', group: 'board', requests: until('2026-03-01'), now: begin })
  await act({ act: 'add', vo: 'strict', requests: until('2026-02-01'), now: begin })
}

describe('rules of many VOs', () => {
  it('keep nobody waiting for a VO in which no row comes or goes', async () => {
    await commit(
      source('idp'),
      vo('quiet', { members: ['idp/pia'] }),
      group('quiet/board'),
      strict,
      group('strict/seen', { where: '2 in user.loas', allowEmpty: true }),
    )
    const slow = await database.pool.connect()
    await slow.query('begin')
    await lockVos(slow, ['strict'], { mode: 'exclusive' })

    await act({ act: 'add', vo: 'quiet', group: 'board', requests: [{ user: 'idp/pia' }], now: begin })

    await slow.query('rollback')
    slow.release()
    expect(await inGroup('board')).toEqual(['idp/pia 2026-01-05'])
  })

  it('let two clocks that change one another run at once: one is done, the other is told that the VO is busy', async () => {
    await commit(
      source('idp'),
      vo('a', { members: ['idp/ann'] }),
      group('a/board'),
      group('a/rest', { where: "'b/board' in user.groups", allowEmpty: true }),
      vo('b', { members: ['idp/ben'] }),
      group('b/board'),
      group('b/rest', { where: "'a/board' in user.groups", allowEmpty: true }),
    )
    const due = (login: string) => [{ user: `idp/${login}`, expires: '2026-03-01' }]
    await act({ act: 'add', vo: 'a', group: 'board', requests: due('ann'), now: begin })
    await act({ act: 'add', vo: 'b', group: 'board', requests: due('ben'), now: begin })
    const now = noon('2026-03-02')

    const outcomes = await Promise.allSettled(
      bothLocked(['a', 'b'], async (tx, name) => runClock(tx, { vo: name, now, atMost: 100 })),
    )

    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one] : []))
    expect(failures).toMatchObject([{ reason: { code: 'VO_BUSY' } }])
    for (const name of ['a', 'b']) await run(name, now)
    expect(await inGroup('rest')).toEqual([])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })
})

/** Begins with the work in each VO once all are locked. */
function bothLocked<T>(names: readonly string[], work: (tx: Tx, name: string) => Promise<T>): Promise<T>[] {
  let [waiting, go] = [names.length, (): void => undefined]
  const all = new Promise<void>((resolve) => (go = resolve))
  return names.map((name) =>
    inTransaction(database.pool, async (tx) => {
      await lockVos(tx, [name], { mode: 'exclusive' })
      waiting -= 1
      if (waiting === 0) go()
      await all
      return work(tx, name)
    }),
  )
}
