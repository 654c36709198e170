import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Plan } from '../../../core/model/plan.ts'
import { actOnMembers, inTransaction, runClock, syncMembers } from '../../../store/index.ts'
import {
  attribute,
  facility,
  group,
  instance,
  resource,
  service,
  source,
  vo,
  type Document,
} from '../../support/builders.ts'
import { subjectsOf } from '../../support/subjects.ts'
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

async function commit(...documents: readonly Document[]): Promise<void> {
  await bring(database.pool, [...ground, ...documents], begin)
}

async function add(where: string, request: { readonly user: string; readonly expires?: string }): Promise<void> {
  const [voName = '', groupName] = where.split('/')
  const input = { vo: voName, act: 'add', reason: '', cause, now: noon('2026-02-01'), requests: [request] } as const
  await inTransaction(database.pool, (tx) =>
    actOnMembers(tx, { ...input, ...(groupName === undefined ? {} : { group: groupName }) }),
  )
}

async function values(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select concat_ws(' ', p.identities[1], v.attribute, v.value #>> '{}') as line
     from attribute_value v join person p on p.id = v.subject where v.origin = 'generated' order by 1`,
  )
  return rows.map(({ line }) => line)
}

async function byRules(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select p.identities[1] || ' ' || g.name as line from membership m
     join groups g on g.id = m.group_id join person p on p.id = m.person_id where m.origin = 'rule' order by 1`,
  )
  return rows.map(({ line }) => line)
}

/** Who is in `base` gets a handle, is a member of bio by it, gets a number there, and is in `numbered` by that. */
const chain = (limits: object = {}, least = 7): Document[] => [
  attribute('user.handle', { type: 'string', unique: true, generate: { login: { from: ['identity'] } } }),
  attribute('member.number', { type: 'integer', unique: 'vo', generate: { sequence: { from: 7, to: 99, per: 'vo' } } }),
  service('keys', {}),
  facility('hpc', { services: { keys: {} } }),
  facility('store', { services: { keys: {} } }),
  vo('astro', {}),
  group('astro/base', {}),
  resource('astro/cluster', { facility: 'hpc', services: ['keys'], groups: ['base'] }),
  vo('bio', {}),
  group('bio/named', { where: "user.handle.startsWith('l')", ...limits }),
  resource('bio/disk', { facility: 'store', services: ['keys'], groups: ['named'] }),
  group('bio/numbered', { where: `member.number >= ${least}` }),
]

const ofLinus = ['idp/linus member.number 7', 'idp/linus user.handle linus']

describe('rules over values that make themselves', () => {
  it('turn with the act that lets somebody need them, as do rules over what is needed then', async () => {
    await commit(...chain())
    await add('astro', { user: 'idp/linus' })
    expect(await byRules()).toEqual([])

    await add('astro/base', { user: 'idp/linus' })

    expect((await values()).filter((line) => !line.includes('astro'))).toEqual(expect.arrayContaining(ofLinus))
    expect(await byRules()).toEqual(['idp/linus named', 'idp/linus numbered'])
    expect(await left(...chain())).toEqual([])
  })

  it('turn with the commit that lets somebody need them, also rules over what is derived from them', async () => {
    const documents = [
      ...chain().filter(({ object }) => object.name !== 'base'),
      group('astro/base', { members: ['idp/linus'] }),
      attribute('user.loud', { type: 'string', derive: 'user.handle.upperAscii()' }),
      group('bio/loud', { where: "user.loud == 'LINUS'" }),
    ]

    await commit(...documents)

    expect(await byRules()).toEqual(['idp/linus loud', 'idp/linus named', 'idp/linus numbered'])
    expect(await left(...documents)).toEqual([])
  })

  it('turn with the commit that brings the rule, and with the next one that lets others need values', async () => {
    const base = (...members: readonly string[]) => group('astro/base', { members: [...members] })
    const others = chain().filter(({ object }) => object.name !== 'base')
    await commit(...others, base('idp/linus'))

    await commit(...others, base('idp/linus', 'idp/lise', 'idp/zoe'))

    expect(await byRules()).toEqual([
      ...['idp/linus named', 'idp/linus numbered', 'idp/lise named', 'idp/lise numbered'],
    ])
  })

  it('stay as they are where that would take away too much, until a plan says so', async () => {
    const people = Array.from({ length: 12 }, (_, index) => `idp/p${index}`)
    const documents = (groups: readonly string[]) => [
      ...chain().filter(({ object }) => !['base', 'cluster', 'numbered', 'named'].includes(object.name)),
      group('astro/base', { members: people }),
      resource('astro/cluster', { facility: 'hpc', services: ['keys'], groups: [...groups] }),
      group('bio/nameless', { where: "'astro/base' in user.groups && !has(user.handle)" }),
      resource('bio/disk', { facility: 'store', services: ['keys'], groups: [] }),
    ]
    await commit(...documents([]))
    const before = await byRules()

    await commit(...documents(['base']))

    expect([before.length, await byRules()]).toEqual([12, before])
    expect((await values()).filter((line) => line.includes('user.handle'))).toHaveLength(12)
    const { plan } = await planOn(database.pool, [...ground, ...documents(['base'])], begin)
    expect([plan.changes.length, plan.guard]).toMatchObject([12, { verdict: 'held' }])
  })

  it('turn with the run of a sync', async () => {
    await commit(...chain())
    await inTransaction(database.pool, (tx) =>
      syncMembers(tx, {
        ...{ source: 'idp', vo: 'astro', group: 'base', authoritative: false, mode: 'full', now: noon('2026-02-01') },
        ...{ absent: { then: 'remove', runs: 1 }, subjects: subjectsOf([{ identity: 'idp/linus' }]) },
      }),
    )

    expect(await byRules()).toEqual(['idp/linus named', 'idp/linus numbered'])
  })

  it('turn when the clock gives somebody the place that they waited for', async () => {
    await commit(
      ...chain({ maxMembers: 1 }, 8).filter(({ object }) => object.name !== 'bio' || object.kind !== 'VO'),
      vo('bio', { expiration: { extendBy: 'P1Y', disableAfter: 'P1M' } }),
    )
    await add('bio', { user: 'idp/first', expires: '2026-03-01' })
    await add('bio/named', { user: 'idp/first' })
    await add('astro', { user: 'idp/linus' })
    await add('astro/base', { user: 'idp/linus' })
    expect(await byRules()).toEqual([])

    for (let steps = 0; steps < 9; steps += 1)
      await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'bio', now: noon('2026-05-01'), atMost: 100 }))

    expect(await byRules()).toEqual(['idp/linus named', 'idp/linus numbered'])
    expect(await values()).toContain('idp/linus member.number 8')
  })
})
