import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { explainMembership, foresee, inTransaction, rehearse, takeUntold } from '../../../store/index.ts'
import { group, resource, type Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { ada, begin, documents, noon, open, exclusiveWorld } from './exclusive-world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { commit, left, act, sync, run, inAstro, inGroup, isTold } = exclusiveWorld(() => database.pool)

describe('whoever is out of an exclusive VO', () => {
  it.each([
    ['an act', async () => act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-01') })],
    ['a clock', async () => run('bio', noon('2026-03-09'))],
  ])('is out of the files of its resources by %s', async (_, happen) => {
    await commit(documents())
    await act({ act: 'add', vo: 'bio', group: 'board', expires: '2026-03-01', now: begin })
    await act({ act: 'add', vo: 'astro', group: 'guests', now: begin })
    await isTold()

    await happen()

    expect(await inAstro()).toEqual(ada)
    expect(await isTold()).toBe(true)
  })

  it('is out of the files of its resources by a sync', async () => {
    await commit(documents())
    await sync(['hr/x'])
    await act({ act: 'add', vo: 'astro', group: 'guests', now: noon('2026-02-01') })
    await isTold()

    await sync([])

    expect(await inAstro()).toEqual(ada)
    expect(await isTold()).toBe(true)
  })

  it('leaves a place in a group, also in one of another VO, to whoever waits for it', async () => {
    const first = "'astro/guests' in user.groups || 'idp/y' in user.identities"
    const wanted = documents({}, group('bio/few', { ...open, where: first, maxMembers: 1 }))
    const all = wanted.filter(({ object }) => object.name !== 'few')
    await commit(all)
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
    await act({ act: 'add', vo: 'astro', group: 'guests', now: begin })
    await commit(wanted)
    expect(await inGroup('few')).toEqual(['idp/x'])

    await act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-01') })

    expect(await inAstro()).toEqual(ada)
    expect(await inGroup('few')).toEqual(['idp/y'])
    expect(await left(wanted, noon('2026-02-01'))).toEqual([])
  })

  it('comes in again by a rule that asks for whoever is not in a group', async () => {
    const where = "'hr/x' in user.identities && !('astro/guests' in user.groups)"
    const wanted = documents({}, group('astro/others', { ...open, where }))
    const all = wanted.filter(({ object }) => object.name !== 'others')
    await commit(all)
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
    await act({ act: 'add', vo: 'astro', group: 'guests', now: begin })
    await commit(wanted)

    await act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-01') })

    expect(await inAstro()).toEqual({ ...ada, 'idp/x': 'VALID others:rule' })
    expect(await left(wanted, noon('2026-02-01'))).toEqual([])
  })

  it('stays, with all that was theirs, where a rule holds them as soon as another row goes', async () => {
    const where = "'hr/x' in user.identities && !('astro/staff' in user.groups)"
    const wanted = documents({}, group('astro/others', { ...open, where }))
    await commit(wanted.filter(({ object }) => object.name !== 'others'))
    await sync(['hr/x'])
    await commit(wanted)
    const since = "select joined_at from member mb join vo on vo.id = mb.vo_id where vo.name = 'astro'"
    const { rows: before } = await database.pool.query(since)

    await sync([], { authoritative: true, now: noon('2026-02-02') })

    expect(await inAstro()).toEqual({ ...ada, 'idp/x': 'VALID others:rule' })
    expect((await database.pool.query(since)).rows).toEqual(before)
    expect(await left(wanted, noon('2026-02-02'))).toEqual([])
  })

  it.each(['EXPIRED', 'DISABLED'] as const)('was %s there, or whatever else', async (status) => {
    const wanted = documents()
    await commit(wanted)
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
    await database.pool.query(
      `update member set status = $1, ended_by = 'person' where person_id = (select person_id from identity where ref = 'idp/x')
         and vo_id = (select id from vo where name = 'astro')`,
      [status],
    )

    await act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-01') })

    expect(await inAstro()).toEqual(ada)
    expect(await left(wanted, noon('2026-02-01'))).toEqual([])
  })

  it('is still a member as long as one row holds them, also one that is over', async () => {
    const staff = group('astro/staff', { ...open, members: [{ user: 'idp/x', expires: '2026-02-10' }] })
    const wanted = [...documents().filter(({ object }) => object.name !== 'staff'), staff]
    await commit(wanted)
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })

    await run('astro', noon('2026-02-12'))
    await act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-12') })

    expect(await inAstro()).toEqual({ ...ada, 'idp/x': 'EXPIRED staff:config' })
    expect(await left(wanted, noon('2026-02-12'))).toEqual([])
    await commit(documents(), noon('2026-02-13'))
    expect(await inAstro()).toEqual(ada)
  })

  it('is foreseen to be', async () => {
    await commit(documents())
    await act({ act: 'add', vo: 'bio', group: 'board', expires: '2026-03-01', now: begin })

    const { changes } = await rehearse(database.pool, (tx) =>
      foresee(tx, { from: noon('2026-02-01'), until: noon('2026-03-31') }),
    )

    expect(changes.filter((change) => change.vo === 'astro').map(({ day, what, name }) => [day, what, name])).toEqual([
      ['2026-03-01', 'removed', 'friends'],
      ['2026-03-01', 'deleted', undefined],
    ])
  })

  it('is told of no notice that waits', async () => {
    const noticed = { notices: { before: ['P7D'] } }
    const staff = group('astro/staff', { ...open, members: [{ user: 'idp/x', expires: '2026-02-10' }] })
    await commit([...documents(noticed).filter(({ object }) => object.name !== 'staff'), staff])
    await run('astro', noon('2026-02-03'))
    const untold = async () =>
      inTransaction(database.pool, (tx) => takeUntold(tx, { vo: 'astro', now: noon('2026-02-03'), atMost: 10 }))
    expect(await untold()).toHaveLength(1)

    await commit(documents(noticed), noon('2026-02-03'))

    expect(await inAstro()).toEqual(ada)
    expect(await untold()).toEqual([])
  })

  it('is told so by the audit trail', async () => {
    await commit(documents())
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
    await act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-01') })

    const { rows } = await database.pool.query(
      `select e.action, e.kind, e.vo, d.personal from event e join event_detail d on d.event_id = e.id
       where e.vo = 'astro' and e.action in ('remove', 'end') order by e.id`,
    )

    expect(rows).toEqual([
      { action: 'remove', kind: 'GroupMember', vo: 'astro', personal: { user: 'idp/x', origin: 'rule' } },
      {
        ...{ action: 'end', kind: 'Membership', vo: 'astro' },
        personal: { user: 'idp/x', before: 'VALID', reason: 'nothing holds them any more' },
      },
    ])
  })

  it('is told so, and by what', async () => {
    await commit(documents())
    await act({ act: 'add', vo: 'bio', group: 'board', now: begin })
    await act({ act: 'remove', vo: 'bio', group: 'board', now: noon('2026-02-01') })

    const why = await explainMembership(database.pool, { identity: 'idp/x', vo: 'astro', askedAt: noon('2026-02-02') })

    expect(why).toMatchObject({
      status: null,
      rows: [],
      missing: [
        {
          code: 'not-a-member',
          message:
            '"idp/x" is not a member of VO "astro", which has only those whom VO--astro.yaml:1 names and who are in its groups by git, a source or a rule',
        },
      ],
    })
  })
})

describe('rows of rules that go', () => {
  const shown = (name: string): Document[] => [
    ...documents({ exclusive: false }),
    resource('astro/lab', { facility: 'hpc', services: ['list'], groups: [name] }),
  ]

  it('are told to the services that showed them, also where a clock turned the rule', async () => {
    await commit(shown('friends'))
    await act({ act: 'add', vo: 'bio', group: 'board', expires: '2026-03-01', now: begin })
    await isTold()

    await run('bio', noon('2026-03-09'))

    expect(await isTold()).toBe(true)
  })

  it('are told to the services that showed them, also where a sync turned the rule', async () => {
    const ofStaff = group('astro/labs', { ...open, where: "'astro/staff' in user.groups" })
    await commit([...shown('labs'), ofStaff])
    await sync(['hr/x'])
    await isTold()

    await sync([])

    expect(await isTold()).toBe(true)
  })
})
