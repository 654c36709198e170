import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import {
  actOnMembers,
  changeSponsors,
  inTransaction,
  listMembers,
  runClock,
  type ActAnswer,
  type SponsorAct,
  type SponsorAnswer,
  type SponsorOn,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

/** VO astro has ada (in telescope) and grace (in telescope:operators). */
beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

/** Does something to people of `astro` or `astro/GROUP`. */
// eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
async function act(name: MemberAct, where: string, users: readonly string[], at = '2026-02-01'): Promise<ActAnswer[]> {
  const [vo = '', group] = where.split('/')
  const input = { vo, act: name, reason: 'because', cause: { actor: 'local/test' }, now: noon(at) }
  return inTransaction(database.pool, (tx) =>
    actOnMembers(tx, {
      ...input,
      ...(group === undefined ? {} : { group }),
      requests: users.map((user) => ({ user })),
    }),
  )
}

async function limit(kind: 'VO' | 'Group', name: string, spec: object): Promise<void> {
  const have = await stored(database.pool, kind, name)
  await apply(database.pool, [change(have, document(kind, name, spec, kind === 'VO' ? undefined : 'astro'))])
}

const full = (where: string) => ({
  refused: { reason: 'full', message: `${where} takes 3 people, and no place is left` },
})

const sponsors = [{ user: 'idp/ada' }, { user: 'idp/grace' }]

async function sponsorIn(
  name: SponsorAct,
  requests: readonly SponsorOn[],
  at = '2026-02-01',
): Promise<SponsorAnswer[]> {
  const input = { vo: 'astro', act: name, reason: 'a visit', cause: { actor: 'local/test' }, now: noon(at) }
  return inTransaction(database.pool, (tx) => changeSponsors(tx, { ...input, requests }))
}

async function runUntil(day: string): Promise<void> {
  for (;;) {
    const { more } = await inTransaction(database.pool, (tx) =>
      runClock(tx, { vo: 'astro', now: noon(day), atMost: 10 }),
    )
    if (!more) return
  }
}

async function names(group?: string): Promise<string[]> {
  const { members } = await listMembers(database.pool, { vo: 'astro', ...(group === undefined ? {} : { group }) })
  return members.map(({ user }) => user)
}

describe('places in a VO', () => {
  it('are for so many people, and who is in is extended all the same', async () => {
    await limit('VO', 'astro', { maxMembers: 3, expiration: { extendBy: 'P1Y' } })
    await act('add', 'astro', ['idp/a'])

    await expect(act('add', 'astro', ['idp/b'])).rejects.toMatchObject({
      code: 'FULL',
      message: 'Cannot let one more in: VO "astro" takes 3 people, 4 would be in it',
      facts: { vo: 'astro', places: 3, taken: 4 },
    })
    expect(await act('extend', 'astro', ['idp/a'], '2026-05-01')).toMatchObject([{ expires: '2027-05-01' }])
    await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now: noon('2027-06-01'), atMost: 10 }))
    expect(await act('extend', 'astro', ['idp/a'], '2027-06-01')).toMatchObject([{ status: 'VALID' }])
  })

  it('are free again where somebody is DISABLED, who finds none on the way back', async () => {
    await limit('VO', 'astro', { maxMembers: 3 })
    await act('add', 'astro', ['idp/a'])
    await act('disable', 'astro', ['idp/a'])

    expect(await act('add', 'astro', ['idp/b'])).toMatchObject([{ status: 'VALID' }])
    await expect(act('enable', 'astro', ['idp/a'])).rejects.toMatchObject({ code: 'FULL' })
  })

  it('are never taken by two at once', async () => {
    await limit('VO', 'astro', { maxMembers: 4 })

    const users = Array.from({ length: 8 }, (_, index) => `idp/p${index}`)
    const outcomes = await Promise.allSettled(users.map((user) => act('add', 'astro', [user])))

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual(
      Array.from({ length: 6 }, () => ({ status: 'rejected', reason: expect.objectContaining({ code: 'FULL' }) })),
    )
    expect(await names()).toHaveLength(4)
  })
})

describe('places in a group', () => {
  it('count people of groups within it and of those it includes', async () => {
    await limit('Group', 'telescope', { maxMembers: 3, includes: ['engineers'] })
    await apply(database.pool, [add(document('Group', 'engineers', {}, 'astro'))])
    await limit('Group', 'telescope', { maxMembers: 3, includes: ['engineers'] })
    await act('add', 'astro', ['idp/a', 'idp/b'])
    await act('add', 'astro/engineers', ['idp/a'])

    for (const group of ['telescope', 'telescope:operators', 'engineers'])
      await expect(act('add', `astro/${group}`, ['idp/b'])).rejects.toMatchObject({
        code: 'FULL',
        message: 'Cannot let one more in: group "astro/telescope" takes 3 people, 4 would be in it',
      })
    expect(await act('add', 'astro/telescope', ['idp/a'])).toMatchObject([{ status: 'VALID' }])
    expect(await names('telescope')).toEqual(['idp/a', 'idp/ada', 'idp/grace'])
  })

  it('are never taken by two at once', async () => {
    await limit('Group', 'telescope', { maxMembers: 4 })
    const users = Array.from({ length: 8 }, (_, index) => `idp/p${index}`)
    await act('add', 'astro', users)

    const outcomes = await Promise.allSettled(
      users.map((user, index) => act('add', `astro/telescope${index % 2 === 0 ? '' : ':operators'}`, [user])),
    )

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(await names('telescope')).toHaveLength(4)
  })
})

describe('of many the places that are left', () => {
  it('of a VO are given in the order of the lines', async () => {
    await limit('VO', 'astro', { maxMembers: 3 })

    expect(await act('add', 'astro', ['idp/z', 'idp/b', 'unknown/x'])).toMatchObject([
      ...[
        { user: 'idp/z', status: 'VALID' },
        { user: 'idp/b', ...full('VO "astro"') },
      ],
      { refused: { reason: 'identity-unknown' } },
    ])
    expect(await act('add', 'astro', ['idp/c', 'idp/b'])).toMatchObject([full('VO "astro"'), full('VO "astro"')])
    expect(await names()).toEqual(['idp/ada', 'idp/grace', 'idp/z'])
  })

  it('of a VO are given to those who come back too', async () => {
    await act('add', 'astro', ['idp/a', 'idp/b'])
    await act('disable', 'astro', ['idp/a', 'idp/b'])
    await limit('VO', 'astro', { maxMembers: 3, expiration: { extendBy: 'P1Y' } })

    expect(await act('enable', 'astro', ['idp/b', 'idp/a'])).toMatchObject([{ status: 'VALID' }, full('VO "astro"')])
    await act('disable', 'astro', ['idp/b'])
    expect(await act('extend', 'astro', ['idp/a', 'idp/b'])).toMatchObject([{ status: 'VALID' }, full('VO "astro"')])
  })

  it('of a group above are given, whoever has another way in', async () => {
    await act('add', 'astro', ['idp/a', 'idp/b'])
    await limit('Group', 'telescope', { maxMembers: 3 })

    expect(await act('add', 'astro/telescope:operators', ['idp/ada', 'idp/b', 'idp/a'])).toMatchObject([
      ...[
        { user: 'idp/ada', status: 'VALID' },
        { user: 'idp/b', status: 'VALID' },
      ],
      full('group "astro/telescope"'),
    ])
    expect(await names('telescope')).toEqual(['idp/ada', 'idp/b', 'idp/grace'])
  })

  it('are not asked for by guests who are passed on, also where there are fewer by now', async () => {
    await limit('VO', 'astro', { maxMembers: 5, sponsors })
    const guests = ['idp/dated', 'idp/valid', 'idp/disabled']
    await sponsorIn('add', [
      { user: 'idp/dated', sponsor: 'idp/ada', until: '2026-03-01' },
      { user: 'idp/valid', sponsor: 'idp/ada' },
      { user: 'idp/disabled', sponsor: 'idp/ada' },
    ])
    await act('disable', 'astro', ['idp/disabled'])
    await limit('VO', 'astro', { maxMembers: 2, sponsors })

    const moved = await sponsorIn(
      'transfer',
      guests.map((user) => ({ user, sponsor: 'idp/ada', to: 'idp/grace' })),
    )

    expect(moved).toMatchObject([{ status: 'VALID' }, { status: 'VALID' }, { status: 'DISABLED' }])
    expect(await names()).toEqual(['idp/ada', ...guests.toSorted(), 'idp/grace'].toSorted())
  })

  it.each([
    ['EXPIRED, who has kept the place, comes back', '2026-03-02', undefined],
    ['DISABLED by the clock comes back to no place', '2026-04-02', 'FULL'],
    ['deleted by the clock comes back to no place', '2026-06-02', 'FULL'],
  ])('are given to guests who come back: who is %s', async (_, day, code) => {
    const spec = { maxMembers: 3, sponsors, expiration: { extendBy: 'P1M', disableAfter: 'P1M', deleteAfter: 'P1M' } }
    await limit('VO', 'astro', spec)
    const again = { user: 'idp/g', sponsor: 'idp/ada' }
    await sponsorIn('add', [again])
    await runUntil(day)
    if (code !== undefined) await act('add', 'astro', ['idp/next'], day)

    const answer = sponsorIn('add', [again], day)

    await (code === undefined
      ? expect(answer).resolves.toMatchObject([{ user: 'idp/g', status: 'VALID' }])
      : expect(answer).rejects.toMatchObject({ code }))
  })

  it('are given to guests, each of whom keeps all who answer for them', async () => {
    await limit('VO', 'astro', { maxMembers: 3, sponsors })
    const sponsor = async (...lines: readonly (readonly [user: string, sponsor: string])[]) =>
      sponsorIn(
        'add',
        lines.map(([user, by]) => ({ user, sponsor: by })),
      )

    expect(
      await sponsor(['idp/g', 'idp/ada'], ['idp/h', 'idp/ada'], ['idp/g', 'idp/grace'], ['idp/h', 'idp/grace']),
    ).toMatchObject([
      ...[{ user: 'idp/g', sponsored: true }, full('VO "astro"')],
      ...[{ user: 'idp/g', sponsored: true }, full('VO "astro"')],
    ])
    await expect(sponsor(['idp/h', 'idp/ada'])).rejects.toMatchObject({ code: 'FULL' })
  })
})
