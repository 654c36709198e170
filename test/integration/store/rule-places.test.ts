import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import type { Plan } from '../../../core/model/plan.ts'
import {
  actOnMembers,
  changeIdentities,
  explain,
  inTransaction,
  runClock,
  syncMembers,
  type SyncResult,
} from '../../../store/index.ts'
import { facility, group, instance, resource, service, source, vo, type Document } from '../../support/builders.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { somebodyWaits } from '../../support/somebody-waits.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring, planOn } from './commits.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const begin = noon('2026-01-05')
const cause = { actor: 'local/test' }

const ground = [instance(), source('idp')]

async function left(...documents: readonly Document[]): Promise<Plan['changes']> {
  return (await planOn(database.pool, [...ground, ...documents], begin)).plan.changes
}

/** Applies a commit, after which there is nothing left to plan. */
async function commit(...documents: readonly Document[]): Promise<Plan> {
  const plan = await bring(database.pool, [...ground, ...documents], begin)
  expect(await left(...documents)).toEqual([])
  return plan
}

// eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
async function act(name: MemberAct, where: string, user: string, at = '2026-02-01'): Promise<void> {
  const [voName = '', groupName] = where.split('/')
  const input = { vo: voName, act: name, reason: '', cause, now: noon(at), requests: [{ user }] }
  await inTransaction(database.pool, (tx) =>
    actOnMembers(tx, { ...input, ...(groupName === undefined ? {} : { group: groupName }) }),
  )
}

const seen = (identity: string, loa: number, at = '2026-02-01') =>
  ({ act: 'seen', requests: [{ identity, loa, at: noon(at) }], reason: '', cause, now: noon(at) }) as const

async function see(identity: string, loa: number, at = '2026-02-01'): Promise<void> {
  await inTransaction(database.pool, (tx) => changeIdentities(tx, seen(identity, loa, at)))
}

async function sync(name: string, identities: readonly string[]): Promise<SyncResult> {
  return inTransaction(database.pool, (tx) =>
    syncMembers(tx, {
      ...{ source: 'idp', vo: 'astro', group: name, authoritative: false, mode: 'full', now: noon('2026-02-01') },
      ...{ absent: { then: 'remove', runs: 1 }, subjects: subjectsOf(identities) },
    }),
  )
}

async function run(name: string, now: string): Promise<void> {
  for (let steps = 0; steps < 20; steps += 1) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: name, now: noon(now), atMost: 100 }))
    if (!step.more) return
  }
}

/** By their rows of rules. */
async function inGroup(name: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ user: string }>(
    `select p.identities[1] as "user" from membership m join groups g on g.id = m.group_id join person p on p.id = m.person_id
     where g.name = $1 and m.origin = 'rule' order by 1`,
    [name],
  )
  return rows.map(({ user }) => user)
}

const people = ['idp/a', 'idp/b', 'idp/c', 'idp/d']
const levels = (limits: object, others: object = {}): Document[] => [
  vo('astro', { members: people, ...others }),
  group('astro/proven', { where: '2 in user.loas', ...limits }),
]

describe('a rule that finds few places', () => {
  it('brings in so many people by a commit, the first by name, and tells whom it leaves out', async () => {
    const plan = await commit(
      vo('astro', { members: people }),
      group('astro/all', { where: "user.identities.exists(i, i >= 'idp/b')", maxMembers: 2 }),
    )

    expect(await inGroup('all')).toEqual(['idp/b', 'idp/c'])
    expect(plan.waiting).toEqual([{ vo: 'astro', group: 'all', user: 'idp/d' }])
    expect(plan.findings).toMatchObject([
      {
        severity: 'warning',
        code: 'full',
        path: 'spec.where',
        message:
          '"idp/d" would be in group "astro/all" by its rule and find no place: group "astro/all" is full; they come in when a place gets free',
      },
    ])
  })

  it('never makes an act about something else fail, and takes people in by name when a place gets free', async () => {
    const documents = levels({ maxMembers: 1 })
    await commit(...documents)
    await see('idp/b', 2)
    await see('idp/d', 2)
    await see('idp/c', 2)
    expect(await inGroup('proven')).toEqual(['idp/b'])
    expect(await left(...documents)).toEqual([])

    await see('idp/b', 1)
    expect(await inGroup('proven')).toEqual(['idp/c'])
    expect(await left(...documents)).toEqual([])
  })

  it('finds a place that another change has freed while somebody is refused', async () => {
    await commit(...levels({ maxMembers: 1, allowEmpty: true }))
    await see('idp/a', 2)

    let refused: Promise<void> | undefined
    await inTransaction(database.pool, async (tx) => {
      await changeIdentities(tx, seen('idp/a', 1))
      refused = see('idp/b', 2)
      await somebodyWaits(database.pool)
    })
    await refused

    expect(await inGroup('proven')).toEqual(['idp/b'])
  })

  it('counts people of groups below, and those in already take no further place', async () => {
    const documents = [
      vo('astro', { members: people }),
      group('astro/top', { maxMembers: 2 }),
      group('astro/top:named', { members: ['idp/d'] }),
      group('astro/top:proven', { where: '2 in user.loas' }),
    ]
    await commit(...documents)
    for (const person of people) await see(person, 2)

    expect(await inGroup('top:proven')).toEqual(['idp/a', 'idp/d'])
    expect(await left(...documents)).toEqual([])
  })

  it('lets nobody into a full VO, and somebody when another one is DISABLED or deleted', async () => {
    const documents = [
      vo('astro', { maxMembers: 1, expiration: { extendBy: 'P1M', disableAfter: 'P1M' } }),
      group('astro/proven', { where: '2 in user.loas' }),
      vo('bio', { members: people }),
    ]
    await commit(...documents)
    await act('add', 'astro', 'idp/a')
    await see('idp/c', 2)
    await see('idp/b', 2)
    expect(await inGroup('proven')).toEqual([])

    await run('astro', '2026-03-10')
    expect(await inGroup('proven')).toEqual([])
    await run('astro', '2026-04-10')
    expect(await inGroup('proven')).toEqual(['idp/b'])

    await act('disable', 'astro', 'idp/b', '2026-04-12')
    expect(await inGroup('proven')).toEqual(['idp/b', 'idp/c'])
    await expect(act('enable', 'astro', 'idp/b', '2026-04-13')).rejects.toMatchObject({ code: 'FULL' })
  })

  it('lets people onto the resources of an offer as long as it has places', async () => {
    const documents = [
      service('keys', {}),
      facility('hpc', { services: { keys: {} }, offers: [{ name: 'main', vo: 'astro', maxMembers: 2 }] }),
      ...levels({}),
      resource('astro/cluster', { facility: 'hpc', services: ['keys'], groups: ['proven'] }),
    ]
    await commit(...documents)
    for (const person of people.toReversed()) await see(person, 2)
    expect(await inGroup('proven')).toEqual(['idp/c', 'idp/d'])

    const why = await explain(database.pool, {
      identity: 'idp/a',
      vo: 'astro',
      resource: 'cluster',
      askedAt: noon('2026-02-02'),
    })
    expect(why.missing).toContainEqual({
      code: 'full',
      message:
        'the rule of group "astro/proven" (Group-astro-proven.yaml:1) holds "idp/a", but there is no place: offer "main" of facility "hpc" takes 2 people; they come in when one gets free',
    })
    await see('idp/d', 1)
    expect(await inGroup('proven')).toEqual(['idp/a', 'idp/c'])
  })

  it('keeps nobody out of what a sync fills, and says of whom it found no place in the skips of the run', async () => {
    await commit(
      vo('astro', {}),
      group('astro/base', {}),
      group('astro/few', { where: "'astro/base' in user.groups", maxMembers: 1 }),
    )

    expect(await sync('base', people)).toMatchObject({
      ...{ outcome: 'changed', added: 4 },
      skipped: [{ reason: 'full', count: 3, identities: ['idp/b', 'idp/c', 'idp/d'] }],
    })
    expect(await inGroup('few')).toEqual(['idp/a'])
  })

  it('lets in whoever waits from when a clock sees that there is a place, not from before they qualified', async () => {
    await commit(
      source('t', { loa: 1, validFor: 'P1M' }),
      vo('astro', { members: ['t/a', 't/b'] }),
      group('astro/proven', { where: '2 in user.loas', maxMembers: 1 }),
    )
    await see('t/a', 2, '2026-01-10')
    await see('t/b', 2, '2026-03-01')
    expect(await inGroup('proven')).toEqual(['t/a'])

    await run('astro', '2026-03-02')
    expect(await inGroup('proven')).toEqual(['t/b'])
    const { rows } = await database.pool.query(`select since from membership where origin = 'rule'`)
    expect(rows).toEqual([{ since: noon('2026-03-02') }])
  })

  it('keeps whoever is in when the clock takes them from one rule to another', async () => {
    const documents = [
      source('t', { loa: 0, validFor: 'P1M' }),
      vo('astro', { members: ['t/a', 't/b'] }),
      group('astro/top', { maxMembers: 1 }),
      group('astro/top:low', { where: '0 in user.loas', allowEmpty: true }),
      group('astro/top:high', { where: '3 in user.loas' }),
    ]
    await commit(...documents.filter(({ object: { name } }) => name !== 'top:low'))
    await see('t/b', 3)
    await see('t/a', 1)
    await commit(...documents)
    expect([await inGroup('top:low'), await inGroup('top:high')]).toEqual([[], ['t/b']])

    await run('astro', '2026-03-05')
    expect([await inGroup('top:low'), await inGroup('top:high')]).toEqual([['t/b'], []])
  })

  it('keeps whoever is in when a sync takes them from one rule to another', async () => {
    const documents = [
      vo('astro', {}),
      group('astro/base', {}),
      group('astro/old', { members: ['idp/b'] }),
      group('astro/top', { maxMembers: 1 }),
      group('astro/top:in', { where: "'astro/base' in user.groups", allowEmpty: true }),
      group('astro/top:apart', {
        where: "'astro/old' in user.groups && !('astro/base' in user.groups)",
        allowEmpty: true,
      }),
    ]
    await commit(...documents)
    expect([await inGroup('top:in'), await inGroup('top:apart')]).toEqual([[], ['idp/b']])

    await sync('base', ['idp/a', 'idp/b'])
    expect([await inGroup('top:in'), await inGroup('top:apart')]).toEqual([['idp/b'], []])
    expect(await left(...documents)).toEqual([])
  })

  it('lets in whoever waits when a commit gives more places or takes the limit away', async () => {
    await commit(...levels({ maxMembers: 1 }))
    for (const person of people) await see(person, 2)
    await commit(...levels({ maxMembers: 2 }))
    expect(await inGroup('proven')).toEqual(['idp/a', 'idp/b'])
    await commit(...levels({}))
    expect(await inGroup('proven')).toEqual(people)
    expect((await database.pool.query('select * from waiting_for_place')).rows).toEqual([])
  })

  it('lets in by a commit whom another rule that depends on it leaves a place', async () => {
    const documents = [
      vo('astro', { maxMembers: 4, members: people }),
      group('astro/top', { maxMembers: 1 }),
      group('astro/top:a', { where: '3 in user.loas' }),
      group('astro/top:b', { allowEmpty: true, where: "2 in user.loas && !('astro/c' in user.groups)" }),
      group('astro/c', { members: [] }),
    ]
    await commit(...documents)
    await see('idp/b', 2)
    await see('idp/a', 3)
    expect([await inGroup('top:a'), await inGroup('top:b')]).toEqual([[], ['idp/b']])

    await commit(...documents.slice(0, -1), group('astro/c', { members: ['idp/b'] }))
    expect([await inGroup('top:a'), await inGroup('top:b')]).toEqual([['idp/a'], []])
  })
})
