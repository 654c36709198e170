import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction, listMembers, loadState } from '../../../store/index.ts'
import { attribute, facility, group, instance, resource, service, source, user, vo } from '../../support/builders.ts'
import type { Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bringApproved, findingsOf } from './commits.ts'
import { monday as now } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const uid = {
  type: 'integer',
  unique: 'facility',
  generate: { sequence: { from: 10000, to: 20000, per: 'facility' } },
} as const

const ground = [
  ...[instance(), source('idp'), attribute('user-facility.uid', uid)],
  ...[service('passwd', { requires: ['user-facility.uid'] }), facility('hpc', { services: { passwd: {} } })],
]

function astro(members: readonly string[]): Document[] {
  return [
    vo('astro', { members }),
    group('astro/team', { members }),
    resource('astro/cluster', { services: ['passwd'], groups: ['team'] }),
  ]
}

/** Brings the database to these documents and says what the plan found. */
async function reach(...documents: readonly Document[]): Promise<readonly string[]> {
  return findingsOf(await bringApproved(database.pool, documents))
}

async function uids(): Promise<object> {
  const { rows } = await database.pool.query<{ name: string; value: number }>(
    `select p.identities[1] as name, v.value from attribute_value v join person p on p.id = v.subject where v.attribute = 'user-facility.uid'`,
  )
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

async function act(doing: 'add' | 'delete', person: string): Promise<void> {
  const input = { vo: 'astro', act: doing, reason: 'test', cause: { actor: 'local/test' }, now }
  await inTransaction(database.pool, async (tx) => actOnMembers(tx, { ...input, requests: [{ user: person }] }))
}

describe('somebody who is gone', () => {
  it('and comes back has their own uid again, which nobody else got meanwhile', async () => {
    await reach(...ground, ...astro(['idp/ada', 'idp/bob']))
    const before = await uids()

    await reach(...ground, ...astro(['idp/bob']))
    await reach(...ground, ...astro(['idp/bob', 'idp/carl']))
    await reach(...ground, ...astro(['idp/ada', 'idp/bob', 'idp/carl']))

    expect(before).toEqual({ 'idp/ada': 10000, 'idp/bob': 10001 })
    expect(await uids()).toEqual({ ...before, 'idp/carl': 10002 })
  })

  it('and comes back starts again: what was known of the member is forgotten', async () => {
    const nickname = attribute('member.nickname', { type: 'string' })
    await reach(...ground, nickname, vo('astro', { requires: { attributes: ['member.nickname'] } }))
    await act('add', 'idp/linus')
    await database.pool.query(
      `insert into attribute_value (attribute, subject, object, value, origin)
       select 'member.nickname', person_id, vo_id, '"lin"', 'manager' from member`,
    )

    await act('delete', 'idp/linus')
    expect(await listMembers(database.pool, { vo: 'astro' })).toEqual({ members: [] })
    await act('add', 'idp/linus')

    expect(await listMembers(database.pool, { vo: 'astro' })).toMatchObject({
      members: [{ user: 'idp/linus', status: 'INVALID' }],
    })
  })

  const ada = user('ada', { identities: ['idp/ada'], attributes: { login: 'Ada' } })
  const bob = user('bob', { identities: ['idp/bob'], attributes: { login: 'ada' } })
  const taken =
    'User--bob.yaml:1 duplicate: User "bob" cannot have user.login "ada": somebody who is gone had it, and it is never given to anybody else; choose another'

  it('leaves a login that nobody else gets, in whatever case, in the same commit or later', async () => {
    await reach(...ground, ada)

    expect(await reach(...ground, bob)).toEqual([taken])
    await reach(...ground)
    expect(await reach(...ground, bob)).toEqual([taken])

    const { rows } = await database.pool.query("select encode(hash, 'hex') as hash from retired_value")
    expect(rows).toHaveLength(1)
    expect((await loadState(database.pool, { lossesSince: now })).gone.values).toHaveLength(1)
  })

  it('has their login again when they come back', async () => {
    await reach(...ground, ada)
    await reach(...ground)

    expect(await reach(...ground, ada)).toEqual([])
  })
})
