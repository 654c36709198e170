import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { Plan } from '../../../core/model/plan.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { changeValues, eraseUsers, explain, inTransaction } from '../../../store/index.ts'
import {
  attribute,
  facility,
  group,
  instance,
  resource,
  service,
  source,
  user,
  vo,
  type Document,
} from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bringApproved, planApprovedOn } from './commits.ts'
import { monday, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const text = { type: 'string' } as const
const tier = attribute('user.tier', { ...text, derive: "user.affiliation == 'staff' ? 'gold' : 'tin'" })
const mark = attribute('user.mark', { ...text, derive: 'user.affiliation', unique: true })

const ground = (...more: readonly Document[]): Document[] => [
  instance(),
  source('idp'),
  attribute('user.affiliation', text),
  attribute('member.badge', text),
  service('list'),
  facility('hpc', { services: { list: {} } }),
  ...more,
]

const astro = (options: Parameters<typeof vo>[1]) => [
  vo('astro', { managers: [{ user: 'idp/root' }], members: ['idp/ada', 'idp/bob'], ...options }),
  resource('astro/cluster', { groups: ['members'], services: ['list'] }),
]

const affiliated = (name: string, affiliation: string) =>
  user(name, { identities: [`idp/${name}`], attributes: { affiliation } })

/** Applies a commit, and makes sure that it leaves nothing to do; says what was foretold. */
async function commit(documents: readonly Document[], asOf = monday): Promise<Plan> {
  const plan = await bringApproved(database.pool, documents, asOf)
  const again = await planApprovedOn(database.pool, documents, asOf)
  expect({ apply: again.apply, changes: again.plan.changes }).toEqual({ apply: [], changes: [] })
  return plan
}

let minutes = 0

/** Each act is a minute after the one before. */
function next(): Date {
  minutes += 1
  return new Date(monday.getTime() + minutes * 60_000)
}

async function set(holder: string, name: string, value?: JsonValue): Promise<void> {
  const reference = parseHolder(holder)
  if (reference === undefined) throw new Error(`${holder} is no holder`)
  const requests = [{ holder: reference, name, ...(value === undefined ? {} : { value }) }]
  const input = { requests, reason: 'test', cause: { actor: 'local/test' }, now: next(), compileSchema: compileCheck }
  await inTransaction(database.pool, (tx) => changeValues(tx, input))
}

async function statuses(): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select concat_ws(' ', p.identities[1], mb.status) as said from member mb join person p on p.id = mb.person_id order by 1`,
  )
  return rows.map(({ said }) => said)
}

/** Who has which value of an attribute. */
async function held(name: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select concat_ws(' ', p.identities[1], v.value #>> '{}') as said
     from attribute_value v join person p on p.id = v.subject where v.attribute = $1 order by 1`,
    [name],
  )
  return rows.map(({ said }) => said)
}

async function why(identity: string): Promise<string[]> {
  const { missing } = await explain(database.pool, { identity, vo: 'astro', resource: 'cluster', askedAt: tuesday })
  return missing.map(({ message }) => message)
}

function said({ findings, statuses: foretold }: Plan): object {
  return {
    statuses: foretold.map(({ user: name, status }) => `${name} ${status}`),
    findings: findings.filter(({ code }) => code === 'expression-failed').map(({ message }) => message),
  }
}

describe('a derived attribute', () => {
  it('is required by a VO: who has no value of it waits, until it follows from what somebody sets', async () => {
    const requires = { attributes: ['user.tier'] }
    const plan = await commit([...ground(tier, affiliated('ada', 'staff')), ...astro({ requires })])

    expect(said(plan)).toEqual({ statuses: ['idp/bob INVALID'], findings: [] })
    expect(await statuses()).toEqual(['idp/ada VALID', 'idp/bob INVALID'])
    expect(await why('idp/bob')).toEqual([
      `"idp/bob" has no user.tier, which VO "astro" requires: it is derived by "user.affiliation == 'staff' ? 'gold' : 'tin'" (Attribute--user.tier.yaml:1), and user.affiliation is missing`,
    ])

    await set('user:idp/bob', 'user.affiliation', 'guest')
    expect(await statuses()).toEqual(['idp/ada VALID', 'idp/bob VALID'])
    await set('user:idp/bob', 'user.affiliation')
    expect(await statuses()).toEqual(['idp/ada VALID', 'idp/bob INVALID'])
  })

  it('is asked for by a rule: rows come and go with the commit or the act that changes what it follows from', async () => {
    const golden = group('astro/golden', { where: "user.tier == 'gold'" })
    const rows = async () => {
      const { rows: found } = await database.pool.query<{ name: string }>(
        `select p.identities[1] as name from membership m join person p on p.id = m.person_id where m.origin = 'rule' order by 1`,
      )
      return found.map(({ name }) => name)
    }
    await commit([...ground(tier, affiliated('ada', 'staff'), affiliated('cy', 'guest')), ...astro({}), golden])
    expect(await rows()).toEqual(['idp/ada'])

    const { changes } = await commit([
      ...ground(tier, affiliated('ada', 'guest'), affiliated('cy', 'staff')),
      ...astro({}),
      golden,
    ])
    expect(changes.map(({ action, kind }) => `${action} ${kind}`)).toEqual([
      ...['change User', 'change User', 'add GroupMember', 'remove GroupMember'],
    ])
    expect(await rows()).toEqual(['idp/cy'])

    await set('user:idp/bob', 'user.affiliation', 'staff')
    expect(await rows()).toEqual(['idp/bob', 'idp/cy'])
  })

  it('that is unique is kept by who had it first, and goes to the next in line once it is given up', async () => {
    const requires = { attributes: ['user.mark'] }
    const documents = [...ground(mark), ...astro({ requires })]
    await commit(documents)
    await set('user:idp/bob', 'user.affiliation', 'staff')
    await set('user:idp/ada', 'user.affiliation', 'staff')

    expect([await held('user.mark'), await statuses()]).toEqual([
      ...[['idp/bob staff'], ['idp/ada INVALID', 'idp/bob VALID']],
    ])
    expect(await why('idp/ada')).toEqual([
      '"idp/ada" has no user.mark, which VO "astro" requires: it is derived by "user.affiliation" (Attribute--user.mark.yaml:1), and it would be "staff", which is unique and "idp/bob" has or had',
    ])
    expect(said((await planApprovedOn(database.pool, documents, tuesday)).plan)).toEqual({
      statuses: [],
      findings: [
        '"user.mark" cannot be derived for "idp/ada", who go without: it is unique, and "idp/bob" has "staff"',
      ],
    })

    await set('user:idp/bob', 'user.affiliation', 'guest')
    expect([await held('user.mark'), await statuses()]).toEqual([
      ...[
        ['idp/ada staff', 'idp/bob guest'],
        ['idp/ada VALID', 'idp/bob VALID'],
      ],
    ])
    await set('user:idp/bob', 'user.affiliation', 'staff')
    expect([await held('user.mark'), await statuses()]).toEqual([
      ...[['idp/ada staff'], ['idp/ada VALID', 'idp/bob INVALID']],
    ])
  })

  it('that is unique goes by names where a commit gives it to several, and on when the first is erased', async () => {
    const requires = { attributes: ['user.mark'] }
    const all = { members: ['idp/ada', 'idp/bob', 'idp/cy'] }
    await commit([...ground(), ...astro(all)])
    for (const name of ['idp/cy', 'idp/bob', 'idp/ada']) await set(`user:${name}`, 'user.affiliation', 'staff')
    const plan = await commit([...ground(mark), ...astro({ ...all, requires })], tuesday)

    expect(said(plan)).toMatchObject({ statuses: ['idp/bob INVALID', 'idp/cy INVALID'] })
    expect(await held('user.mark')).toEqual(['idp/ada staff'])

    await commit([...ground(mark), ...astro({ requires, members: ['idp/bob', 'idp/cy'] })], tuesday)
    const erasing = { users: ['idp/ada'], reason: 'asked for', cause: { actor: 'local/test' }, now: tuesday }
    await inTransaction(database.pool, (tx) => eraseUsers(tx, erasing))
    expect([await held('user.mark'), await statuses()]).toEqual([
      ...[['idp/bob staff'], ['idp/bob VALID', 'idp/cy INVALID']],
    ])
  })

  it('has no value that its schema does not allow', async () => {
    const requires = { attributes: ['user.tier'] }
    const strict = attribute('user.tier', { ...text, derive: 'user.affiliation', schema: { enum: ['staff'] } })
    const people = [affiliated('ada', 'staff'), affiliated('bob', 'guest')]
    const plan = await commit([...ground(strict, ...people), ...astro({ requires })])

    expect(said(plan)).toEqual({
      statuses: ['idp/bob INVALID'],
      findings: [expect.stringContaining('"user.tier" cannot be derived for "idp/bob", who go without: expected')],
    })
    expect(await held('user.tier')).toEqual(['idp/ada staff'])
    expect(await why('idp/bob')).toEqual([expect.stringContaining('and user.affiliation is "guest", expected')])
  })

  it('of members follows from what rows of git give, for those too whom a rule makes members', async () => {
    const card = attribute('member.card', { ...text, derive: "member.badge + '!'" })
    const badge = attribute('member.badge', { ...text, default: 'none' })
    const documents = (given: string) => [
      ...ground(card).filter(({ object }) => object.name !== 'member.badge'),
      badge,
      affiliated('cy', 'staff'),
      ...astro({
        requires: { attributes: ['member.card'] },
        members: [{ user: 'idp/ada', attributes: { badge: given } }],
      }),
      group('astro/staff', { where: "user.affiliation == 'staff'" }),
      group('astro/plain', { where: "member.card == 'none!'" }),
    ]
    const plan = await commit(documents('a'))

    expect(plan.changes.filter(({ kind }) => kind === 'GroupMember')).toMatchObject([
      ...[
        { name: 'plain', user: 'idp/cy' },
        { name: 'staff', user: 'idp/cy' },
      ],
    ])
    expect(await held('member.card')).toEqual(['idp/ada a!', 'idp/cy none!'])

    await commit(documents('none'))
    expect(await held('member.card')).toEqual(['idp/ada none!', 'idp/cy none!'])
  })

  it('follows its inputs under their new names', async () => {
    const requires = { attributes: ['user.tier'] }
    const documents = [...ground(tier), ...astro({ requires })]
    await commit(documents)
    await set('user:idp/bob', 'user.affiliation', 'staff')
    const renamed = attribute('user.role', text)
    const next = documents
      .filter(({ object }) => object.name !== 'user.affiliation' && object.name !== 'user.tier')
      .concat({ ...renamed, object: { ...renamed.object, previously: ['user.affiliation'] } })
      .concat(attribute('user.tier', { ...text, derive: "user.role == 'staff' ? 'gold' : 'tin'" }))

    expect(said(await commit(next, tuesday))).toEqual({ statuses: [], findings: [] })
    expect([await held('user.tier'), await statuses()]).toEqual([
      ...[['idp/bob gold'], ['idp/ada INVALID', 'idp/bob VALID']],
    ])
  })
})
