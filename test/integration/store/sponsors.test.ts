import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  addBans,
  changeSponsors,
  endBan,
  inTransaction,
  listMembers,
  listSponsorships,
  readWakes,
  removeBans,
  runClock,
  verifyAudit,
  type SponsorAct,
  type SponsorAnswer,
  type SponsorInput,
  type SponsorOn,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, row, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
  await astro({ sponsors: [{ user: 'idp/ada' }, { group: 'telescope' }] })
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const ada = 'idp/ada'
const grace = 'idp/grace'
const guest = 'idp/guest'

async function astro(spec: object): Promise<void> {
  const have = await stored(database.pool, 'VO', 'astro')
  await apply(database.pool, [change(have, document('VO', 'astro', { managers: [{ user: 'idp/root' }], ...spec }))])
}

async function sponsor(
  act: SponsorAct,
  requests: readonly SponsorOn[],
  more: Partial<SponsorInput> = {},
): Promise<SponsorAnswer[]> {
  const input = { act, vo: 'astro', requests, reason: 'visit', cause: { actor: 'local/test' }, now: noon('2026-02-01') }
  return inTransaction(database.pool, (tx) => changeSponsors(tx, { ...input, ...more }))
}

async function clock(day: string): Promise<void> {
  for (;;) {
    const input = { vo: 'astro', now: noon(day), atMost: 10 }
    const { more } = await inTransaction(database.pool, (tx) => runClock(tx, input))
    if (!more) return
  }
}

async function member(user = guest): Promise<string> {
  const { members } = await listMembers(database.pool, { vo: 'astro' })
  const found = members.find((one) => one.user === user)
  return found === undefined ? 'nobody' : [found.status, found.expires].join(' ').trim()
}

async function sponsorships(): Promise<string[]> {
  const list = await listSponsorships(database.pool, { vo: 'astro' })
  return list.map((one) => [one.user, one.sponsor, one.status, one.until, one.leaving].join(' ').trim())
}

const yearly = { expiration: { extendBy: 'P1Y', window: 'P1M', disableAfter: 'P1M' } }
const named = { sponsors: [{ user: ada }, { user: grace }] }

describe('sponsored guests', () => {
  it('are members until the latest day that one of their sponsors gives', async () => {
    const added = await sponsor('add', [
      { user: guest, sponsor: ada, until: '2026-06-01' },
      { user: guest, sponsor: grace, until: '2026-09-01' },
    ])

    expect(added).toEqual([
      { user: guest, sponsor: ada, sponsored: true, until: '2026-06-01', status: 'VALID', expires: '2026-09-01' },
      { user: guest, sponsor: grace, sponsored: true, until: '2026-09-01', status: 'VALID', expires: '2026-09-01' },
    ])
    const { members: listed } = await listMembers(database.pool, { vo: 'astro' })
    expect(listed.find(({ user }) => user === guest)).toMatchObject({ origins: ['sponsor'], sponsors: [ada, grace] })
    await clock('2026-06-02')
    expect(await sponsorships()).toEqual([
      'idp/guest idp/ada EXPIRED 2026-06-01',
      'idp/guest idp/grace VALID 2026-09-01',
    ])
    expect(await member()).toBe('VALID 2026-09-01')
    await clock('2026-09-01')
    expect(await member()).toBe('EXPIRED 2026-09-01')
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('have the term that the rules of the VO give, which their sponsor extends within the window', async () => {
    await astro({ ...yearly, ...named })

    const added = await sponsor('add', [{ user: guest, sponsor: ada }])
    const early = await sponsor('add', [{ user: guest, sponsor: ada }], { now: noon('2026-03-01') })
    const within = await sponsor('add', [{ user: guest, sponsor: ada }], { now: noon('2027-01-15') })

    expect(added).toMatchObject([{ status: 'VALID', until: '2027-02-01' }])
    expect(early).toMatchObject([{ refused: { reason: 'outside-window' } }])
    expect(within).toMatchObject([{ status: 'VALID', until: '2028-01-15' }])
  })

  it('count down while their sponsor is banned from the VO, and stay where the ban is lifted in time', async () => {
    const place = { kind: 'vo', vo: 'astro' } as const
    const ban = { place, cause: { actor: 'local/test' } }
    await sponsor('add', [{ user: guest, sponsor: ada }])
    await readWakes(database.pool)

    const requests = [{ user: ada, reason: 'misuse', until: null }]
    await inTransaction(database.pool, (tx) => addBans(tx, { ...ban, requests, now: noon('2026-02-10') }))
    expect((await readWakes(database.pool)).vos).toContain('astro')
    await clock('2026-02-10')
    expect(await sponsorships()).toEqual(['idp/guest idp/ada VALID 2026-03-12 gone'])
    expect(await sponsor('add', [{ user: 'idp/other', sponsor: ada }])).toMatchObject([
      { refused: { reason: 'not-a-sponsor' } },
    ])

    await inTransaction(database.pool, (tx) => removeBans(tx, { ...ban, requests, now: noon('2026-03-01') }))
    await clock('2026-03-01')
    expect(await sponsorships()).toEqual(['idp/guest idp/ada VALID'])

    const spell = [{ user: ada, reason: 'misuse', until: '2026-03-20' }]
    await inTransaction(database.pool, (tx) => addBans(tx, { ...ban, requests: spell, now: noon('2026-03-10') }))
    await clock('2026-03-10')
    const { rows } = await database.pool.query<{ id: number }>('select id from ban')
    const [{ id } = { id: 0 }] = rows
    await inTransaction(database.pool, (tx) => endBan(tx, { id, now: noon('2026-03-20') }))
    await clock('2026-03-20')
    expect(await sponsorships()).toEqual(['idp/guest idp/ada VALID'])
    expect(await member()).toBe('VALID')
  })

  it('come back with a sponsor when they were EXPIRED, and not when a person made them DISABLED', async () => {
    await astro({ ...yearly, ...named })
    await sponsor('add', [{ user: guest, sponsor: ada, until: '2026-03-01' }])
    await clock('2026-05-01')
    const before = await member()

    expect(before).toBe('DISABLED 2026-03-01')
    expect(await sponsor('add', [{ user: guest, sponsor: grace }], { now: noon('2026-05-02') })).toMatchObject([
      { status: 'VALID', until: '2027-05-02' },
    ])
    const requests = [{ user: guest }]
    const disabling = { act: 'disable', vo: 'astro', requests, reason: 'x', cause: { actor: 'local/test' } } as const
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...disabling, now: noon('2026-05-03') }))
    expect(await sponsor('add', [{ user: guest, sponsor: ada }], { now: noon('2026-05-04') })).toMatchObject([
      { refused: { reason: 'disabled-by-person' } },
    ])
  })

  it('are refused a sponsor who may not be one, each with a reason', async () => {
    const answers = await sponsor('add', [
      { user: guest, sponsor: 'idp/root' },
      { user: ada, sponsor: ada },
      { user: guest, sponsor: 'idp/nobody' },
      { user: 'nowhere/x', sponsor: ada },
      { user: guest, sponsor: ada, until: '2026-02-01' },
    ])

    expect(answers.map((answer) => ('refused' in answer ? answer.refused.reason : answer))).toEqual([
      ...['not-a-sponsor', 'own-sponsor', 'identity-unknown', 'identity-unknown', 'date-past'],
    ])
    expect(await member()).toBe('nobody')
  })
})

describe('a sponsor who leaves', () => {
  it('by word leaves the guest thirty days, in which another takes over with the date that there was', async () => {
    await sponsor('add', [{ user: guest, sponsor: ada, until: '2026-12-01' }])

    const removed = await sponsor('remove', [{ user: guest, sponsor: ada }])
    const again = await sponsor('remove', [{ user: guest, sponsor: ada }])
    const moved = await sponsor('transfer', [{ user: guest, sponsor: ada, to: grace }])

    expect(removed).toMatchObject([{ sponsored: false, until: '2026-03-03', status: 'VALID', expires: '2026-03-03' }])
    expect(again).toMatchObject([{ refused: { reason: 'already-leaving' } }])
    expect(moved).toMatchObject([{ sponsor: grace, sponsored: true, until: '2026-12-01', expires: '2026-12-01' }])
    expect(await sponsorships()).toEqual(['idp/guest idp/grace VALID 2026-12-01'])
  })

  it('does not take over from themselves, by whatever identity, nor keep the guest for ever so', async () => {
    await sponsor('add', [{ user: guest, sponsor: ada, until: '2026-12-01' }])
    const to = (identity: string) => sponsor('transfer', [{ user: guest, sponsor: ada, to: identity }])

    for (const identity of [ada, 'github/ada'])
      expect(await to(identity)).toMatchObject([{ refused: { reason: 'already-sponsored' } }])
    expect(await sponsorships()).toEqual(['idp/guest idp/ada VALID 2026-12-01'])
    expect(await member()).toBe('VALID 2026-12-01')
  })

  it('takes nothing from a guest whom something else holds as long', async () => {
    await sponsor('add', [
      { user: guest, sponsor: ada, until: '2026-12-01' },
      { user: guest, sponsor: grace },
    ])

    expect(await sponsor('remove', [{ user: guest, sponsor: ada }])).toMatchObject([{ until: null, expires: null }])
    expect(await sponsorships()).toEqual(['idp/guest idp/grace VALID'])
  })

  it('may end it at once; of two who do so together, the second leaves days', async () => {
    await sponsor('add', [
      { user: guest, sponsor: ada },
      { user: guest, sponsor: grace },
      { user: 'idp/other', sponsor: ada },
    ])

    expect(await sponsor('remove', [{ user: 'idp/other', sponsor: ada, until: '2026-02-01' }])).toMatchObject([
      { status: 'EXPIRED', expires: '2026-02-01' },
    ])
    const both = await sponsor('remove', [
      { user: guest, sponsor: ada },
      { user: guest, sponsor: grace },
    ])
    expect(both).toMatchObject([{ until: null }, { until: '2026-03-03', status: 'VALID' }])
  })

  it('because git names them no more is followed by the clock, and restored when it does again', async () => {
    await astro(named)
    await sponsor('add', [
      { user: guest, sponsor: ada, until: '2026-12-01' },
      { user: 'idp/soon', sponsor: ada, until: '2026-02-10' },
    ])
    await database.pool.query('delete from clock_wake')

    await astro({ sponsors: [{ user: grace }] })
    const woken = await database.pool.query('select distinct vo from clock_wake')
    await clock('2026-02-02')
    const leaving = await sponsorships()
    await astro(named)
    await clock('2026-02-03')

    expect(woken.rows).toEqual([{ vo: 'astro' }])
    expect(leaving).toEqual(['idp/guest idp/ada VALID 2026-03-04 gone', 'idp/soon idp/ada VALID 2026-02-10 gone'])
    expect(await member()).toBe('VALID 2026-12-01')
    expect(await sponsorships()).toEqual(['idp/guest idp/ada VALID 2026-12-01', 'idp/soon idp/ada VALID 2026-02-10'])
  })

  it('ends the membership when nobody takes over', async () => {
    await sponsor('add', [{ user: guest, sponsor: grace }])
    await apply(database.pool, [row('remove', 'astro/telescope:operators', grace)], { asOf: noon('2026-02-01') })

    await clock('2026-02-01')
    expect(await member()).toBe('VALID 2026-03-03')
    await clock('2026-03-03')
    expect(await member()).toBe('EXPIRED 2026-03-03')
    expect(await sponsor('transfer', [{ user: guest, sponsor: grace, to: ada }])).toMatchObject([
      { refused: { reason: 'is-over' } },
    ])
  })

  it('of a group of another VO is noticed there', async () => {
    await apply(database.pool, [
      add(document('VO', 'bio', { sponsors: [{ group: 'astro/telescope' }] })),
      add(document('Group', 'x', {}, 'bio')),
    ])
    await sponsor('add', [{ user: guest, sponsor: grace }], { vo: 'bio' })
    await database.pool.query('delete from clock_wake')

    const input = { act: 'leave', vo: 'astro', requests: [{ user: grace }], actor: grace, reason: 'x' } as const
    const cause = { actor: 'local/test' }
    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, cause, now: noon('2026-02-01') }))

    const { rows } = await database.pool.query('select vo from clock_wake order by 1')
    expect(rows).toEqual([{ vo: 'astro' }, { vo: 'bio' }])
    await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'bio', now: noon('2026-02-01'), atMost: 10 }))
    expect(await listSponsorships(database.pool, { vo: 'bio' })).toMatchObject([
      { leaving: 'gone', until: '2026-03-03' },
    ])
  })
})

describe('who may change sponsorships', () => {
  it('is the sponsor, a manager or membership manager of the VO, and an admin', async () => {
    await astro({ ...named, membershipManagers: [{ user: 'idp/mem' }] })
    const by = (actor: string) => sponsor('add', [{ user: `${guest}-${actor.slice(4)}`, sponsor: ada }], { actor })

    for (const actor of [ada, 'github/ada', 'idp/mem', 'idp/root'])
      expect(await by(actor)).toMatchObject([{ status: 'VALID' }])
    await expect(by(grace)).rejects.toMatchObject({
      code: 'ACTOR_NOT_ELIGIBLE',
      message:
        'Cannot act on people of VO "astro" as "idp/grace": expected the sponsor, or a manager or membership manager of the VO, or an admin of the instance',
    })
  })
})
