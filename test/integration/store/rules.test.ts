import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Plan } from '../../../core/model/plan.ts'
import {
  actOnMembers,
  changeIdentities,
  changeValues,
  explain,
  inTransaction,
  listMembers,
  runClock,
  verifyAudit,
  type IdentityInput,
} from '../../../store/index.ts'
import {
  anyValueFits,
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

const organisation = (...groups: readonly Document[]): Document[] => [
  instance(),
  source('idp', { loa: 1 }),
  source('github', { loa: 0 }),
  attribute('user.affiliation', { type: 'string' }),
  attribute('member.role', { type: 'string' }),
  service('list'),
  facility('hpc', { services: { list: {} } }),
  user('ada', { identities: ['idp/ada'], attributes: { affiliation: 'staff' } }),
  user('grace', { identities: ['idp/grace'], attributes: { affiliation: 'student' } }),
  vo('astro', { managers: [{ user: 'idp/root' }] }),
  resource('astro/cluster', { groups: ['staff'], services: ['list'] }),
  ...groups,
]

const staff = group('astro/staff', { where: "user.affiliation == 'staff'" })

async function left(documents: readonly Document[], asOf = monday): Promise<Plan['changes']> {
  return (await planApprovedOn(database.pool, documents, asOf)).plan.changes
}

async function commit(...documents: readonly Document[]): Promise<Plan> {
  return bringApproved(database.pool, documents)
}

async function inGroup(name: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select p.identities[1] || ' ' || m.origin as said from membership m
     join groups g on g.id = m.group_id join person p on p.id = m.person_id where g.name = $1 order by 1`,
    [name],
  )
  return rows.map(({ said }) => said)
}

async function give(name: string, login: string, value: string | undefined): Promise<void> {
  const holder = name.startsWith('member.')
    ? ({ holder: 'member', names: ['astro'], user: login } as const)
    : ({ holder: 'user', names: [], user: login } as const)
  const request = { holder, name, ...(value === undefined ? {} : { value }) }
  const input = { requests: [request], reason: '', cause: { actor: 'local/test' }, now: tuesday }
  const answers = await inTransaction(database.pool, (tx) =>
    changeValues(tx, { ...input, compileSchema: anyValueFits }),
  )
  expect(answers.filter((answer) => 'refused' in answer).map(({ name: refused }) => refused)).toEqual([])
}

async function see(request: IdentityInput['requests'][number], act: IdentityInput['act'] = 'seen'): Promise<void> {
  const input = { act, requests: [request], reason: '', cause: { actor: 'local/test' }, now: tuesday }
  await inTransaction(database.pool, (tx) => changeIdentities(tx, input))
}

async function statuses(): Promise<object> {
  const { members } = await listMembers(database.pool, { vo: 'astro' })
  return Object.fromEntries(members.map(({ user: name, status }) => [name, status]))
}

describe('a group with a rule', () => {
  it('is filled by the commit that writes the rule, as its plan says, and emptied by the one that takes it away', async () => {
    const plan = await commit(...organisation(staff))

    expect(plan.changes.filter(({ kind }) => kind === 'GroupMember')).toMatchObject([
      { action: 'add', vo: 'astro', name: 'staff', user: 'idp/ada', origin: 'rule' },
    ])
    expect(plan.impact.gained).toEqual([{ user: 'idp/ada', vo: 'astro', resource: 'cluster', facility: 'hpc' }])
    expect(await inGroup('staff')).toEqual(['idp/ada rule'])
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID' })

    const emptying = await commit(...organisation(group('astro/staff')))

    expect(emptying.guard.verdict).toBe('held')
    expect(emptying.guard.scopes.flatMap(({ reasons }) => reasons.map(({ code }) => code))).toContain('becomes-empty')
    expect(emptying.impact.lost).toEqual([{ user: 'idp/ada', vo: 'astro', resource: 'cluster', facility: 'hpc' }])
    expect(await inGroup('staff')).toEqual([])
    const { rows } = await database.pool.query('select origin from membership_past')
    expect(rows).toEqual([{ origin: 'rule' }])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it('follows a value of a User document, and nothing is left to plan', async () => {
    await commit(...organisation(staff))
    const changed = organisation(staff).map((document) =>
      document.object.name === 'grace'
        ? user('grace', { identities: ['idp/grace'], attributes: { affiliation: 'staff' } })
        : document,
    )

    await commit(...changed)

    expect(await inGroup('staff')).toEqual(['idp/ada rule', 'idp/grace rule'])
    expect(await left(changed)).toEqual([])
  })

  it('follows a value that somebody gives or takes, in the same transaction', async () => {
    await commit(...organisation(staff), vo('bio'), group('bio/g', { members: ['idp/linus'] }))

    await give('user.affiliation', 'idp/linus', 'staff')
    expect(await inGroup('staff')).toEqual(['idp/ada rule', 'idp/linus rule'])
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/linus': 'VALID' })

    await give('user.affiliation', 'idp/linus', undefined)
    expect(await inGroup('staff')).toEqual(['idp/ada rule'])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it('keeps rows of other origins apart', async () => {
    await commit(
      ...organisation(
        group('astro/staff', { where: "user.affiliation == 'staff'", members: ['idp/ada', 'idp/grace'] }),
      ),
    )

    expect(await inGroup('staff')).toEqual(['idp/ada config', 'idp/ada rule', 'idp/grace config'])
  })

  it('over member attributes is about members of the VO', async () => {
    const chiefs = group('astro/chiefs', { where: "member.role == 'chief'" })
    await commit(...organisation(staff, chiefs))

    await give('member.role', 'idp/ada', 'chief')

    expect(await inGroup('chiefs')).toEqual(['idp/ada rule'])
    expect(await left(organisation(staff, chiefs))).toEqual([])
  })

  it('over levels and identities follows what sources say of them', async () => {
    const seen = group('astro/seen', { where: '2 in user.loas', allowEmpty: true })
    const developers = group('astro/developers', {
      where: "user.identities.exists(i, i.startsWith('github/'))",
      allowEmpty: true,
    })
    await commit(...organisation(staff, seen, developers))

    await see({ identity: 'idp/grace', loa: 2 })
    await see({ identity: 'github/grace', user: 'idp/grace' }, 'add')
    expect([await inGroup('seen'), await inGroup('developers')]).toEqual([['idp/grace rule'], ['idp/grace rule']])

    await see({ identity: 'idp/grace', loa: 1 })
    await see({ identity: 'github/grace' }, 'remove')
    expect([await inGroup('seen'), await inGroup('developers')]).toEqual([[], []])
    expect(await left(organisation(staff, seen, developers), tuesday)).toEqual([])
  })

  it('that asks for groups follows what managers do to them, through other rules', async () => {
    const documents = organisation(
      staff,
      group('astro/board'),
      group('astro/board:chairs'),
      group('astro/second', { where: "'astro/first' in user.groups" }),
      group('astro/first', { where: "'astro/board' in user.groups && !('astro/staff' in user.groups)" }),
    )
    await commit(...documents, vo('bio', { members: ['idp/linus'] }))
    const act = { vo: 'astro', reason: '', cause: { actor: 'local/test' }, now: tuesday } as const
    const requests = [{ user: 'idp/ada' }, { user: 'idp/linus' }]

    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...act, act: 'add', requests }))
    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, { ...act, act: 'add', group: 'board:chairs', requests }),
    )
    expect([await inGroup('first'), await inGroup('second')]).toEqual([['idp/linus rule'], ['idp/linus rule']])

    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, { ...act, act: 'leave', actor: 'idp/linus', requests: [{ user: 'idp/linus' }] }),
    )
    expect([await inGroup('first'), await inGroup('second')]).toEqual([[], []])
    expect(await left([...documents, vo('bio', { members: ['idp/linus'] })])).toEqual([])
  })

  it('over levels lets go of whoever has one no more, on the day from which it counts no longer', async () => {
    const sources = organisation(group('astro/seen', { where: '2 in user.loas', allowEmpty: true })).map((document) =>
      document.object.name === 'idp' ? source('idp', { loa: 1, validFor: 'P1Y' }) : document,
    )
    await commit(...sources)
    await see({ identity: 'idp/grace', loa: 2 })
    await see({ identity: 'idp/root', loa: 1 })
    expect(await inGroup('seen')).toEqual(['idp/grace rule'])

    await run(new Date('2027-01-05T12:00:00Z'))
    expect(await inGroup('seen')).toEqual(['idp/grace rule'])
    await run(new Date('2028-03-01T12:00:00Z'))

    expect(await inGroup('seen')).toEqual([])
    const { rows } = await database.pool.query('select ended from membership_past')
    expect(rows).toEqual([{ ended: new Date('2027-01-06T00:00:00Z') }])
  })

  it('is explained: what the rule is, and the values that make it true or not', async () => {
    await commit(...organisation(staff))
    const question = { vo: 'astro', resource: 'cluster', askedAt: monday }

    const ada = await explain(database.pool, { ...question, identity: 'idp/ada' })
    const grace = await explain(database.pool, { ...question, identity: 'idp/grace' })

    expect(ada.chain[0]).toEqual({
      ...{ kind: 'GroupMember', name: 'astro/staff', file: 'Group-astro-staff.yaml', line: 1 },
      because: `rule "user.affiliation == 'staff'": user.affiliation is "staff"`,
    })
    expect(grace.missing.map(({ code }) => code)).toEqual(['not-in-a-group', 'rule-not-true', 'not-a-member'])
    expect(grace.missing[1]?.message).toBe(
      `the rule of group "astro/staff" (Group-astro-staff.yaml:1) does not hold "idp/grace": rule "user.affiliation == 'staff'", and user.affiliation is "student"`,
    )
  })
})

async function run(now: Date): Promise<void> {
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost: 1 }))
    if (!step.more) return
  }
}
