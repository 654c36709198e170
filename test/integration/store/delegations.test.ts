import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  addBans,
  endDelegation,
  endDelegations,
  eraseUsers,
  inTransaction,
  listDelegations,
  listWaitingFor,
  readDelegationWakes,
  showApplication,
  type DelegationAnswer,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, join, noon, reasonOf } from './applications-world.ts'
import { add, apply, change, document, remove, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro: begin, delegate, filed, stateOf } = applicationsIn(() => database)
const others = ['linus', 'margaret']

/** The world of applications, with a group board and people who are in no VO. */
async function astro(form?: object, spec?: object): Promise<void> {
  await begin(form, spec)
  await apply(database.pool, [
    ...others.map((name) => add(document('User', name, { identities: [`idp/${name}`] }))),
    add(document('Group', 'board', {}, 'astro')),
    add(document('Form', 'board', { for: 'initial', group: 'board', items: [] }, 'astro')),
  ])
}

const twoSteps = { ...join, approval: { steps: [{ by: 'managers', quorum: 2 }] } }
const managers = (...users: string[]) => ({ managers: users.map((user) => ({ user })) })
const numberOf = (answer: DelegationAnswer): number => ('delegation' in answer ? answer.delegation : 0)
const refusalOf = (answer: DelegationAnswer): string | undefined =>
  'refused' in answer ? answer.refused.reason : undefined
const waitingFor = async (identity: string): Promise<number[]> =>
  listWaitingFor(database.pool, { identity, now: noon('2026-02-02') })

async function end(delegation: number, actor?: string) {
  const [answer] = await inTransaction(database.pool, (tx) =>
    endDelegations(tx, {
      ...{
        requests: [{ delegation, reason: 'back' }],
        cause: { actor: actor ?? 'local/test' },
        now: noon('2026-02-03'),
      },
      ...(actor !== undefined && { actor }),
    }),
  )
  return answer
}

async function events(kind: string): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    `select e.action, e.actor, d.personal - 'by' - 'application' - 'from' as personal from event e join event_detail d on d.event_id = e.id
     where e.kind = $1 order by e.id`,
    [kind],
  )
  return rows
}

describe('who stands in for somebody', () => {
  it('decides for them, and finds in the queue what waits for them', async () => {
    await astro()
    const application = await filed('idp/new')
    expect(reasonOf(await act('approve', application, 'idp/linus'))).toBe('not-eligible')

    await delegate(['idp/ada', 'idp/linus'])

    expect(await waitingFor('idp/linus')).toEqual([application])
    expect(reasonOf(await act('approve', application, 'idp/linus'))).toBe('done')
    expect(await waitingFor('idp/linus')).toEqual([])
    expect((await showApplication(database.pool, application))?.acts.at(-1)).toMatchObject({
      ...{ act: 'approve', actor: 'idp/linus', standsFor: 'idp/ada', outcome: 'done' },
    })
    expect(await events('Application')).toContainEqual(
      expect.objectContaining({ action: 'approve', personal: { user: 'idp/new', for: 'idp/ada', reason: 'because' } }),
    )
  })

  it.each([
    ['in another VO', { vo: 'bio' }],
    ['from tomorrow on', { from: '2026-02-03' }],
    ['about another application', { application: 1 }],
  ])('decides about nothing %s', async (_, more) => {
    await astro()
    await apply(database.pool, [add(document('VO', 'bio'))])
    await filed('idp/other')
    const application = await filed('idp/new')
    expect(refusalOf(await delegate(['idp/ada', 'idp/linus'], more))).toBeUndefined()

    expect(await waitingFor('idp/linus')).toEqual('application' in more ? [1] : [])
    expect(reasonOf(await act('approve', application, 'idp/linus'))).toBe('not-eligible')
    expect(reasonOf(await act('approve', application, 'idp/linus', { standsFor: 'idp/ada' }))).toBe('not-delegated')
  })

  it('decides in all VOs where that is said', async () => {
    await astro()
    const application = await filed('idp/new')
    await delegate(['idp/ada', 'idp/linus'], { isEverywhere: true })

    expect(reasonOf(await act('reject', application, 'idp/linus'))).toBe('done')
  })

  it('decides until the first day without it, whether it was ended or not', async () => {
    await astro()
    const application = await filed('idp/new')
    await delegate(['idp/ada', 'idp/linus'], { until: '2026-02-02' })

    expect(reasonOf(await act('approve', application, 'idp/linus'))).toBe('not-eligible')
  })

  it('says for whom where it could be several', async () => {
    await astro(join, managers('idp/ada', 'idp/grace'))
    const application = await filed('idp/new')
    await delegate(['idp/ada', 'idp/linus'])
    await delegate(['idp/grace', 'idp/linus'])

    expect(await act('approve', application, 'idp/linus')).toMatchObject({
      reason: 'for-whom',
      message: 'they stand in for "idp/ada", "idp/grace"; say for whom with `--for`',
    })
    expect(reasonOf(await act('approve', application, 'idp/linus', { standsFor: 'idp/grace' }))).toBe('done')
    expect(await stateOf(application)).toBe('approved')
  })
})

describe('one human', () => {
  it.each<readonly [string, readonly (readonly [string, string?])[], string]>([
    ['for themselves and for another', [['idp/grace'], ['idp/grace', 'idp/ada']], 'voted-already'],
    [
      'for two',
      [
        ['idp/linus', 'idp/ada'],
        ['idp/linus', 'idp/grace'],
      ],
      'voted-already',
    ],
    ['who had it approved, and by themselves', [['idp/linus', 'idp/ada'], ['idp/ada']], 'voted-already'],
    ['by themselves, and had it approved', [['idp/ada'], ['idp/linus', 'idp/ada']], 'voted-already'],
    ['and another', [['idp/linus', 'idp/ada'], ['idp/grace']], 'done'],
  ])('counts once: %s', async (_, votes, last) => {
    await astro(twoSteps, managers('idp/ada', 'idp/grace'))
    const application = await filed('idp/new')
    await delegate(['idp/ada', 'idp/linus'])
    if (votes.some(([actor]) => actor === 'idp/grace')) await delegate(['idp/ada', 'idp/grace'])
    else await delegate(['idp/grace', 'idp/linus'])

    const outcomes: string[] = []
    for (const [actor, standsFor] of votes)
      outcomes.push(reasonOf(await act('approve', application, actor, standsFor === undefined ? {} : { standsFor })))

    expect(outcomes).toEqual(['done', last])
    expect(await stateOf(application)).toBe(last === 'done' ? 'approved' : 'open')
  })

  it('decides neither about their own application nor lets it be decided', async () => {
    await astro(join, managers('idp/ada', 'idp/grace'))
    const [byDelegate, byDelegator] = [await filed('idp/linus'), await filed('idp/ada', {}, { group: 'board' })]
    await delegate(['idp/ada', 'idp/linus'])

    expect(reasonOf(await act('approve', byDelegate, 'idp/linus', { standsFor: 'idp/ada' }))).toBe('own-application')
    expect(reasonOf(await act('approve', byDelegator, 'idp/linus'))).toBe('own-application')
    expect(reasonOf(await act('reject', byDelegator, 'idp/linus', { standsFor: 'idp/ada' }))).toBe('own-application')
    expect(await waitingFor('idp/linus')).toEqual([])
    expect(reasonOf(await act('approve', byDelegator, 'idp/grace'))).toBe('done')
  })

  it('who has a role of their own decides nothing about who lets them stand in', async () => {
    await astro(join, managers('idp/ada', 'idp/grace'))
    const application = await filed('idp/ada', {}, { group: 'board' })
    await delegate(['idp/ada', 'idp/grace'])
    const ofNobody = await filed('idp/new')
    await delegate(['idp/margaret', 'idp/grace'])

    expect(reasonOf(await act('approve', application, 'idp/grace'))).toBe('own-application')
    expect(await waitingFor('idp/grace')).toEqual([ofNobody])
  })
})

describe('an approval for somebody else', () => {
  const last = async (application: number) => reasonOf(await act('approve', application, 'idp/grace'))

  async function approvedForAda(): Promise<number> {
    await astro(twoSteps, managers('idp/ada', 'idp/grace'))
    const application = await filed('idp/new')
    expect(reasonOf(await act('approve', application, 'idp/linus'))).toBe('not-eligible')
    const made = await delegate(['idp/ada', 'idp/linus'])
    expect(reasonOf(await act('approve', application, 'idp/linus'))).toBe('done')
    expect(await end(numberOf(made))).toMatchObject({ ended: true })
    return application
  }

  it('counts although the delegation has ended since', async () => {
    const application = await approvedForAda()

    expect(await last(application)).toBe('done')
    expect(await stateOf(application)).toBe('approved')
  })

  it('is void where the one who was away has lost the role by the last step', async () => {
    const application = await approvedForAda()
    const have = await stored(database.pool, 'VO', 'astro')
    await apply(database.pool, [change(have, document('VO', 'astro', managers('idp/grace', 'idp/margaret')))])

    expect(await last(application)).toBe('done')
    expect(await stateOf(application)).toBe('open')
    expect(reasonOf(await act('approve', application, 'idp/margaret'))).toBe('done')
    expect(await stateOf(application)).toBe('approved')
  })

  it('is void where who gave it is banned by then', async () => {
    const application = await approvedForAda()
    await inTransaction(database.pool, (tx) =>
      addBans(tx, {
        ...{ place: { kind: 'vo', vo: 'astro' }, requests: [{ user: 'idp/linus', reason: 'abuse', until: null }] },
        ...{ cause: { actor: 'local/test' }, now: noon('2026-02-02') },
      }),
    )

    expect(await last(application)).toBe('done')
    expect(await stateOf(application)).toBe('open')
  })
})

describe('a delegation', () => {
  it('is made by who is away, or an admin, and by nobody else', async () => {
    await astro(join, managers('idp/ada', 'idp/grace'))
    const asWhom = async (actor: string) => refusalOf(await delegate(['idp/ada', 'idp/linus'], { actor }))

    expect(await asWhom('idp/grace')).toBe('not-allowed')
    expect(await asWhom('idp/linus')).toBe('not-allowed')
    expect(await asWhom('idp/ada')).toBeUndefined()
    expect(await asWhom('idp/ada')).toBe('delegated-already')
    expect(refusalOf(await delegate(['idp/linus', 'idp/margaret']))).toBe('chain')
    expect(refusalOf(await delegate(['idp/margaret', 'idp/ada']))).toBe('chain')
    expect(refusalOf(await delegate(['idp/ada', 'idp/nobody']))).toBe('identity-unknown')
    expect(refusalOf(await delegate(['idp/ada', 'idp/grace'], { vo: 'astor' }))).toBe('vo-unknown')
  })

  it('begins and ends on the days of its VO, and is told', async () => {
    await astro(join, { ...managers('idp/ada'), timeZone: 'Europe/Prague' })
    const days = { from: '2026-02-10', until: '2026-02-12' }
    const id = numberOf(await delegate(['idp/ada', 'idp/linus'], days))

    expect(await readDelegationWakes(database.pool)).toMatchObject({ delegations: [{ id, vo: 'astro' }], gone: [] })
    const { rows } = await database.pool.query('select starts_at, ends_at from delegation')
    expect(rows).toEqual([{ starts_at: new Date('2026-02-09T23:00:00Z'), ends_at: new Date('2026-02-11T23:00:00Z') }])
    const ending = async (now: Date) => inTransaction(database.pool, (tx) => endDelegation(tx, { id, now }))
    expect(await ending(noon('2026-02-11'))).toBe(false)
    expect(await ending(noon('2026-02-12'))).toBe(true)
    expect(await ending(noon('2026-02-12'))).toBe(false)
    expect(await listDelegations(database.pool)).toEqual([])
    expect(await listDelegations(database.pool, { ended: true })).toMatchObject([
      { id, delegator: 'idp/ada', delegate: 'idp/linus', vo: 'astro', ...days, endedBy: 'clock' },
    ])
    const personal = { user: 'idp/ada', delegate: 'idp/linus', until: '2026-02-12' }
    expect(await events('Delegation')).toEqual([
      { action: 'add', actor: 'local/test', personal: { ...personal, reason: 'away' } },
      { action: 'end', actor: 'clock', personal },
    ])
  })

  it('is ended by either of the two, or an admin', async () => {
    await astro(join, managers('idp/ada', 'idp/grace'))
    const id = numberOf(await delegate(['idp/ada', 'idp/linus']))

    expect(await end(id, 'idp/grace')).toMatchObject({ refused: { reason: 'not-allowed' } })
    expect(await end(id, 'idp/linus')).toEqual({ delegation: id, ended: true })
    expect(await end(id, 'idp/linus')).toMatchObject({ refused: { reason: 'delegation-unknown' } })
    expect(await end(numberOf(await delegate(['idp/ada', 'idp/linus'])), 'idp/ada')).toMatchObject({ ended: true })
  })

  it('about one application is of who may decide about it, and ends with it', async () => {
    await astro(join, managers('idp/ada', 'idp/grace'))
    const application = await filed('idp/new')
    const own = await filed('idp/grace', {}, { group: 'board' })

    expect(refusalOf(await delegate(['idp/margaret', 'idp/linus'], { application }))).toBe('not-eligible')
    expect(refusalOf(await delegate(['idp/grace', 'idp/linus'], { application: own }))).toBe('own-application')
    expect(refusalOf(await delegate(['idp/ada', 'idp/grace'], { application: own }))).toBe('own-application')
    expect(refusalOf(await delegate(['idp/ada', 'idp/linus'], { application: 99 }))).toBe('application-unknown')
    expect(refusalOf(await delegate(['idp/ada', 'idp/linus'], { application, until: '2026-03-01' }))).toBeUndefined()
    expect(reasonOf(await act('approve', application, 'idp/linus'))).toBe('done')
    expect(await listDelegations(database.pool)).toEqual([])
    expect(await listDelegations(database.pool, { ended: true })).toMatchObject([{ application, vo: 'astro' }])
    expect((await readDelegationWakes(database.pool)).gone).toHaveLength(1)
    expect(refusalOf(await delegate(['idp/ada', 'idp/linus'], { application }))).toBe('ended')
  })

  it('goes with its VO, and with either person', async () => {
    await astro(join, managers('idp/ada'))
    await apply(database.pool, [add(document('VO', 'bio'))])
    await delegate(['idp/ada', 'idp/linus'], { vo: 'bio' })
    await delegate(['idp/ada', 'idp/margaret'])
    await apply(database.pool, [remove(await stored(database.pool, 'VO', 'bio'))])
    expect(await listDelegations(database.pool, { ended: true })).toMatchObject([
      { delegate: 'idp/linus', endedAt: expect.any(Date) },
      { delegate: 'idp/margaret', endedAt: null },
    ])

    const users = await Promise.all(others.map(async (name) => stored(database.pool, 'User', name)))
    await apply(database.pool, users.map(remove))
    await inTransaction(database.pool, (tx) =>
      eraseUsers(tx, {
        ...{ users: ['idp/margaret', 'idp/linus'], reason: '', cause: { actor: 'local/test' } },
        now: noon('2026-02-03'),
      }),
    )

    expect(await listDelegations(database.pool, { ended: true })).toEqual([])
  })
})
