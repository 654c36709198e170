import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, changeIdentities, eraseUsers, explain, inTransaction, runClock } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

/** People of idp have LoA 1, and what they were seen with counts for a month. */
beforeEach(async () => {
  database = await createTestDatabase()
  const changes = smallWorld().map((one) =>
    one.kind === 'Source' ? add(document('Source', 'idp', { type: 'declared', loa: 1, validFor: 'P1M' })) : one,
  )
  await apply(database.pool, [...changes, add(document('Source', 'github', { type: 'declared' }))])
})

afterEach(async () => database.drop())

/** From a day on the offer asks for these levels, or for none, or the resource lies outside it. */
async function offer(day: string, { loa, isWithin = true }: { loa?: number[]; isWithin?: boolean }): Promise<void> {
  const hpc = await stored(database.pool, 'Facility', 'hpc')
  const offers = loa === undefined ? {} : { offers: [{ name: 'main', vo: 'astro', loa }] }
  const spec = Object.fromEntries(Object.entries(hpc.spec).filter(([key]) => key !== 'offers'))
  const judged = [{ vo: 'astro', name: 'cluster', isWithin, ...(loa === undefined ? {} : { loa }) }]
  await apply(database.pool, [change(hpc, document('Facility', 'hpc', { ...spec, ...offers }))], {
    ...{ offers: judged, asOf: noon(day) },
  })
}

async function seen(identity: string, loa: number, day: string): Promise<void> {
  const requests = [{ identity, loa, at: noon(day) }]
  const input = { act: 'seen', requests, reason: '', cause: { actor: 'local/test' }, now: noon(day) } as const
  await inTransaction(database.pool, (tx) => changeIdentities(tx, input))
}

async function clock(day: string): Promise<void> {
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now: noon(day), atMost: 100 }))
    if (!step.more) return
  }
}

async function why(asOf: string, identity = 'idp/ada'): Promise<readonly string[]> {
  const asked = { identity, vo: 'astro', resource: 'cluster', askedAt: noon('2026-12-31'), asOf }
  const { access, missing } = await explain(database.pool, asked)
  return [access ? 'access' : 'none', ...missing.map(({ code, message }) => `${code}: ${message}`)]
}

const lacking = (levels: string): string =>
  `loa-missing: "idp/ada" had no identity of LoA 2, which the offer on facility "hpc" asked for on resource "astro/cluster" then: ${levels}`

describe('why as of a day', () => {
  it('judges by the levels that the offer asked for then, and those that the person had', async () => {
    await offer('2026-01-20', { loa: [2] })
    await seen('idp/ada', 2, '2026-02-01')
    await clock('2026-03-05')
    await offer('2026-04-01', { loa: [1] })
    await offer('2026-05-01', { loa: [3] })
    await seen('idp/ada', 3, '2026-05-03')
    await offer('2026-06-01', {})

    expect(await why('2026-01-19')).toEqual(['access'])
    expect(await why('2026-01-20')).toEqual(['none', lacking('theirs was 1')])
    expect(await why('2026-01-31')).toEqual(['none', lacking('theirs was 1')])
    expect(await why('2026-02-01')).toEqual(['access'])
    expect(await why('2026-02-28')).toEqual(['access'])
    expect(await why('2026-03-01')).toEqual(['none', lacking('theirs was 1')])
    expect(await why('2026-04-02')).toEqual(['access'])
    expect(await why('2026-05-02')).toEqual(['none', lacking('theirs was 1').replace('LoA 2', 'LoA 3')])
    expect(await why('2026-05-04')).toEqual(['access'])
    expect(await why('2026-06-02')).toEqual(['access'])
    expect(await why('2026-01-20', 'github/ada')).toEqual(['none', lacking('theirs was 1')])
  })

  it('knows the levels of who has left and come back, and of who joined while they were asked for', async () => {
    await offer('2026-01-20', { loa: [2] })
    await seen('github/ada', 2, '2026-01-20')
    const common = { vo: 'astro', reason: '', cause: { actor: 'local/test' } } as const
    const act = async (what: 'add' | 'delete', day: string, group?: string): Promise<void> => {
      const input = { ...common, act: what, now: noon(day), requests: [{ user: 'github/new' }] }
      const answers = await inTransaction(database.pool, (tx) =>
        actOnMembers(tx, group === undefined ? input : { ...input, group }),
      )
      expect(answers.filter((answer) => 'refused' in answer || 'held' in answer)).toEqual([])
    }
    for (const group of [undefined, 'telescope']) await act('add', '2026-01-21', group)
    await seen('github/new', 2, '2026-01-22')
    await act('delete', '2026-01-25')
    for (const group of [undefined, 'telescope']) await act('add', '2026-01-28', group)

    expect(await why('2026-01-21', 'github/new')).toEqual([
      'none',
      lacking('none was known').replace('idp/ada', 'github/new'),
    ])
    expect(await why('2026-01-23', 'github/new')).toEqual(['access'])
    expect((await why('2026-01-26', 'github/new'))[0]).toBe('none')
    expect(await why('2026-01-29', 'github/new')).toEqual(['access'])
    const erasing = { users: ['github/new'], reason: 'asked', cause: { actor: 'local/test' }, now: noon('2026-02-01') }
    await inTransaction(database.pool, (tx) => eraseUsers(tx, erasing))
    const { rows } = await database.pool.query(
      `select from levels_past l join person p on p.id = l.person_id where p.identities = '{}'`,
    )
    expect(rows).toEqual([])
  })

  it('says so where the resource lay outside its offer then', async () => {
    await offer('2026-02-01', { isWithin: false })
    await offer('2026-03-01', {})

    expect(await why('2026-01-31')).toEqual(['access'])
    expect(await why('2026-02-02')).toEqual([
      'none',
      'outside-offer: resource "astro/cluster" lay outside what facility "hpc" offered',
    ])
    expect(await why('2026-03-02')).toEqual(['access'])
  })

  it('says plainly where the levels of then are not kept', async () => {
    await offer('2026-01-20', { loa: [2] })
    await database.pool.query(`update member set levels_since = '2026-02-01'; delete from levels_past`)

    expect(await why('2026-01-21')).toEqual([
      'access',
      'levels-not-kept: which levels of assurance "idp/ada" had then is not kept; resource "astro/cluster" asked for LoA 2, and whether they had it is left open',
    ])
  })
})
