import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Change, MembershipChange } from '../../../core/model/plan.ts'
import { plus } from '../../../core/lifecycle/calendar.ts'
import {
  actOnMembers,
  explain,
  inTransaction,
  listMembers,
  listPastDeliveries,
  runClock,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, monday, remove, row, smallWorld, stateOf, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, [
    ...smallWorld().filter((one) => !('user' in one)),
    add(document('Group', 'engineers', {}, 'astro')),
  ])
})

afterEach(async () => database.drop())

const groups = ['telescope', 'telescope:operators', 'engineers'] as const
const people = ['idp/ada', 'idp/grace', 'idp/linus'] as const
const dayAfter = (count: number): string => plus('2026-02-01', { months: 0, days: count })
const noonOf = (day: string): Date => new Date(`${day}T12:00:00Z`)

async function lists(asOf?: string | Date): Promise<object[]> {
  const found: object[] = []
  for (const group of ['members', ...groups])
    found.push(await listMembers(database.pool, { vo: 'astro', group, ...(asOf === undefined ? {} : { asOf }) }))
  const { people: known } = await stateOf(database.pool)
  const seen = people.filter((identity) => known.some(({ identities }) => identities.includes(identity)))
  for (const identity of seen) found.push(await accessOf(identity, asOf))
  return found
}

/** What `why` says; of rows that are gone the place in a file is not kept, nor which values somebody had. */
async function accessOf(identity: string, asOf: string | Date | undefined): Promise<object> {
  const question = {
    identity,
    vo: 'astro',
    resource: 'cluster',
    askedAt: asOf === undefined ? monday : noonOf('2026-12-31'),
    ...(asOf === undefined ? {} : { asOf }),
  }
  const { access, status, chain, origins, missing } = await explain(database.pool, question)
  const codes = missing.map(({ code }) => code).filter((code) => code !== 'attribute-missing')
  return { access, status, chain: chain.map(({ kind, name }) => `${kind} ${name}`), origins, codes }
}

/** One thing that happens on a day, if it can. */
type Happening =
  | { readonly kind: 'row'; readonly where: string; readonly user: string; readonly lasts: number | undefined }
  | { readonly kind: 'include'; readonly isThere: boolean }
  | { readonly kind: 'assignment'; readonly isThere: boolean }
  | { readonly kind: 'nothing' }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('row' as const),
      where: fc.constantFrom('astro', ...groups.map((group) => `astro/${group}`)),
      user: fc.constantFrom(...people),
      lasts: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('include' as const), isThere: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('assignment' as const), isThere: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'nothing' as const }) },
)

async function changesOf(one: Happening, day: number): Promise<Change[]> {
  switch (one.kind) {
    case 'nothing':
      return []
    case 'include': {
      const have = await stored(database.pool, 'Group', 'telescope')
      return [change(have, document('Group', 'telescope', one.isThere ? { includes: ['engineers'] } : {}, 'astro'))]
    }
    case 'assignment': {
      const have = await stored(database.pool, 'Resource', 'cluster')
      const named = one.isThere ? ['telescope', 'engineers'] : ['telescope']
      const spec = { facility: 'hpc', services: ['passwd'], groups: named }
      return [change(have, document('Resource', 'cluster', spec, 'astro'))]
    }
    case 'row':
      return rowChanges(one, day)
  }
}

/** The rows that are there go or get another date, those that are not come. */
async function rowChanges(
  { where, user, lasts }: Extract<Happening, { kind: 'row' }>,
  day: number,
): Promise<MembershipChange[]> {
  const { rows, people: known } = await stateOf(database.pool)
  const id = known.find(({ identities }) => identities.includes(user))?.id
  const isThere = rows.some((found) => found.user === id && [found.vo, found.group].filter(Boolean).join('/') === where)
  if (isThere && lasts === undefined) return [row('remove', where, user)]
  const written = row(isThere ? 'change' : 'add', where, user)
  return [lasts === undefined ? written : { ...written, expires: { before: null, after: dayAfter(day + lasts) } }]
}

describe('who was a member and had access as of a day', () => {
  it('is as it was told on that day, whatever came after', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 4, maxLength: 12 }), async (happenings) => {
        const own = await createTestDatabase()
        const outer = database
        database = own
        try {
          await apply(own.pool, [
            ...smallWorld().filter((one) => !('user' in one)),
            add(document('Group', 'engineers', {}, 'astro')),
          ])
          const seen: object[][] = []
          for (const [day, one] of happenings.entries()) {
            const now = noonOf(dayAfter(day))
            while ((await inTransaction(own.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost: 100 }))).more);
            await apply(own.pool, await changesOf(one, day), { asOf: now })
            seen.push(await lists())
          }

          const told: object[][] = []
          for (const [day, before] of seen.entries()) told.push((await lists(dayAfter(day))).slice(0, before.length))
          expect(told).toEqual(seen)
        } finally {
          database = outer
          await own.drop()
        }
      }),
      { numRuns: 15 },
    )
  })

  it('means the end of the day in the time zone of the VO; a moment means itself', async () => {
    const astro = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(astro, document('VO', 'astro', { timeZone: 'America/Los_Angeles' }))])
    const at = new Date('2026-03-02T05:00:00Z') // the evening of 1 March
    await apply(database.pool, [row('add', 'astro', 'idp/ada')], { asOf: at })
    const count = async (asOf: string | Date) =>
      (await listMembers(database.pool, { vo: 'astro', asOf })).members.length

    expect(await Promise.all(['2026-02-28', '2026-03-01', '2026-03-02'].map(count))).toEqual([0, 1, 1])
    expect(await Promise.all([new Date(at.getTime() - 1), at].map(count))).toEqual([0, 1])
  })

  it('is found under the name that a group had then or has now, and also once it is gone', async () => {
    await apply(database.pool, [row('add', 'astro/engineers', 'idp/ada')], { asOf: noonOf('2026-02-02') })
    const engineers = await stored(database.pool, 'Group', 'engineers')
    await apply(database.pool, [change(engineers, document('Group', 'builders', {}, 'astro'))], {
      asOf: noonOf('2026-02-03'),
    })
    const list = async (group: string, asOf: string): Promise<readonly string[]> =>
      (await listMembers(database.pool, { vo: 'astro', group, asOf })).members.map(({ user }) => user)

    for (const group of ['engineers', 'builders']) expect(await list(group, '2026-02-02')).toEqual(['idp/ada'])
    await apply(database.pool, [remove(await stored(database.pool, 'Group', 'builders'))], {
      asOf: noonOf('2026-02-04'),
    })
    for (const group of ['engineers', 'builders']) expect(await list(group, '2026-02-02')).toEqual(['idp/ada'])
    await expect(list('builders', '2026-02-04')).rejects.toThrow('it is not in force')
  })

  it('is refused for what is yet to come, and told of now for today', async () => {
    const astro = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(astro, document('VO', 'astro', { timeZone: 'America/Los_Angeles' }))])
    const askedAt = new Date('2026-03-02T05:00:00Z') // the evening of 1 March
    await apply(database.pool, [row('add', 'astro', 'idp/ada')], { asOf: askedAt })
    const asked = { vo: 'astro', askedAt }

    expect((await listMembers(database.pool, { ...asked, asOf: '2026-03-01' })).members).toHaveLength(1)
    expect((await listMembers(database.pool, { ...asked, asOf: askedAt })).members).toHaveLength(1)
    await expect(listMembers(database.pool, { ...asked, asOf: '2026-03-02' })).rejects.toMatchObject({
      code: 'MOMENT_TO_COME',
      message:
        'Cannot answer as of 2026-03-02: the day is yet to come; expected today or an earlier day, and for what is to come `guildhall forecast` or `guildhall plan --at`',
    })
    const later = new Date(askedAt.getTime() + 1)
    const question = { identity: 'idp/ada', vo: 'astro', resource: 'cluster', askedAt }
    await expect(explain(database.pool, { ...question, asOf: later })).rejects.toMatchObject({ code: 'MOMENT_TO_COME' })
    await expect(listPastDeliveries(database.pool, { askedAt, asOf: '2026-03-03' })).rejects.toMatchObject({
      code: 'MOMENT_TO_COME',
    })
  })

  it('comes with the reason of then, where one was given', async () => {
    await apply(database.pool, [row('add', 'astro', 'idp/ada')], { asOf: noonOf('2026-02-01') })
    const act = async (what: 'add' | 'disable' | 'enable' | 'leave', day: string, reason: string): Promise<void> => {
      const input = { act: what, vo: 'astro', reason, cause: { actor: 'local/test' }, now: noonOf(day) }
      await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, requests: [{ user: 'idp/new' }] }))
    }
    await act('add', '2026-02-01', '')
    await act('disable', '2026-02-02', 'broke the rules')
    await act('enable', '2026-02-03', '')
    await act('disable', '2026-02-04', '')
    await act('enable', '2026-02-05', '')
    await act('leave', '2026-02-06', '')
    const reasonOf = async (asOf?: string): Promise<string | undefined> => {
      const asked = { identity: 'idp/new', vo: 'astro', resource: 'cluster', askedAt: noonOf('2026-12-31') }
      return (await explain(database.pool, { ...asked, ...(asOf === undefined ? {} : { asOf }) })).reason
    }

    expect(await reasonOf('2026-02-02')).toBe('broke the rules')
    expect(await reasonOf('2026-02-04')).toBe(undefined)
    expect(await reasonOf('2026-02-06')).toBe('left by themselves')
    expect(await reasonOf()).toBe('left by themselves')
  })
})
