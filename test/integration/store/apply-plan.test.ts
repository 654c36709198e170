import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import stringify from 'fast-json-stable-stringify'
import type { DesiredObject, StoredObject } from '../../../core/model/config-object.ts'
import type { MemberStatus } from '../../../core/model/state.ts'
import { explain, inTransaction, listMembers, requireFence, takeEpoch, verifyAudit } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, monday, remove, row, smallWorld, stateOf, stored, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  await database.drop()
})

async function numbers(): Promise<unknown[]> {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    `select p.identities[1] as user, v.value from attribute_value v join person p on p.id = v.subject
     where v.attribute = 'user-facility.uid' order by 2`,
  )
  return rows
}

function contentOf({ kind, vo, name, spec, governsMembers, at }: StoredObject | DesiredObject): string {
  return stringify({ kind, vo, name, spec, governsMembers, at })
}

describe('applying a plan', () => {
  it('gives a state with the documents, people, rows and statuses that were asked for', async () => {
    await apply(database.pool, smallWorld())

    const state = await stateOf(database.pool)
    const wanted = smallWorld().flatMap((one) => ('want' in one ? [one.want] : []))
    expect(state.objects.map(contentOf).toSorted()).toEqual(wanted.map(contentOf).toSorted())
    expect(state.people.map(({ identities, attributes }) => ({ identities, attributes }))).toEqual([
      { identities: ['idp/root'], attributes: {} },
      { identities: ['idp/ada', 'github/ada'], attributes: { 'user.login': 'ada' } },
      { identities: ['idp/grace'], attributes: { 'user.login': 'grace' } },
    ])
    const rows = state.rows.map((one) => ({ ...one, user: 0 })).sort((a, b) => (`${a.group}` < `${b.group}` ? -1 : 1))
    expect(rows).toEqual([
      { vo: 'astro', group: 'telescope', origin: 'config', originName: '', status: 'VALID', user: 0 },
      { vo: 'astro', group: 'telescope:operators', origin: 'config', originName: '', status: 'VALID', user: 0 },
    ])
    expect(state.members.map(({ status }) => status)).toEqual(['VALID', 'VALID'])
  })

  it('makes members of subgroups indirect members of the parent', async () => {
    await apply(database.pool, smallWorld())

    expect(await listMembers(database.pool, { vo: 'astro', group: 'telescope' })).toEqual({
      members: [
        { user: 'idp/ada', identities: ['idp/ada', 'github/ada'], status: 'VALID', direct: true, origins: ['config'] },
        { user: 'idp/grace', identities: ['idp/grace'], status: 'VALID', direct: false, origins: ['config'] },
      ],
    })
  })

  it('explains access by the chain of groups, and no access by what is missing', async () => {
    await apply(database.pool, [...smallWorld(), row('add', 'astro', 'idp/linus')])

    const yes = await explain(database.pool, {
      identity: 'idp/grace',
      vo: 'astro',
      resource: 'cluster',
      askedAt: monday,
    })
    const no = await explain(database.pool, {
      identity: 'idp/linus',
      vo: 'astro',
      resource: 'cluster',
      askedAt: monday,
    })

    expect(yes.chain.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'GroupMember astro/telescope:operators',
      'Group astro/telescope:operators',
      'Group astro/telescope',
      'Resource astro/cluster',
      'Facility hpc',
    ])
    expect({ ...yes, chain: [] }).toEqual({
      ...{ access: true, status: 'VALID', chain: [], origins: ['config'], missing: [] },
      deliveries: [{ facility: 'hpc', service: 'passwd', destination: 'copy', state: 'pending' }],
    })
    expect({ access: no.access, status: no.status, first: no.missing[0] }).toEqual({
      ...{ access: false, status: 'VALID' },
      first: {
        code: 'not-in-a-group',
        message: '"idp/linus" is in none of the groups assigned to resource "astro/cluster": "astro/telescope"',
      },
    })
  })

  it('gives members the status that the plan names, and newcomers VALID where it names none', async () => {
    const said = (status: MemberStatus) => ({ statuses: [{ vo: 'astro', user: 'idp/linus', status }] })
    await apply(database.pool, [...smallWorld(), row('add', 'astro/telescope', 'idp/linus')], said('INVALID'))
    const before = (await listMembers(database.pool, { vo: 'astro' })).members.map(({ user, status }) => [user, status])

    await apply(
      database.pool,
      [add(document('User', 'linus', { identities: ['idp/linus'], attributes: { login: 'linus' } }))],
      { asOf: tuesday, ...said('VALID') },
    )

    const after = (await listMembers(database.pool, { vo: 'astro' })).members.map(({ user, status }) => [user, status])
    const past = await database.pool.query('select status, began, ended from member_past')
    expect(before).toEqual([
      ['idp/ada', 'VALID'],
      ['idp/grace', 'VALID'],
      ['idp/linus', 'INVALID'],
    ])
    expect(after).toEqual([
      ['idp/ada', 'VALID'],
      ['idp/grace', 'VALID'],
      ['idp/linus', 'VALID'],
    ])
    expect(past.rows).toEqual([{ status: 'INVALID', began: monday, ended: tuesday }])
  })

  it('moves groups and VOs with their ids, members and history', async () => {
    await apply(database.pool, smallWorld())
    const { pool } = database
    const objects = [
      await stored(pool, 'VO', 'astro'),
      await stored(pool, 'Group', 'telescope'),
      await stored(pool, 'Group', 'telescope:operators'),
      await stored(pool, 'Resource', 'cluster'),
    ] as const
    const [vo, parent, child, resource] = objects

    await apply(pool, [
      change(vo, document('VO', 'stars', vo.spec)),
      change(parent, document('Group', 'scope', {}, 'stars')),
      change(child, document('Group', 'scope:ops', {}, 'stars')),
      change(resource, document('Resource', 'cluster', { ...resource.spec, groups: ['scope'] }, 'stars')),
    ])

    const moved = [
      await stored(pool, 'VO', 'stars'),
      await stored(pool, 'Group', 'scope'),
      await stored(pool, 'Group', 'scope:ops'),
      await stored(pool, 'Resource', 'cluster'),
    ]
    expect(moved.map(({ id }) => id)).toEqual(objects.map(({ id }) => id))
    expect((await listMembers(pool, { vo: 'stars', group: 'scope' })).members.map(({ user }) => user)).toEqual([
      'idp/ada',
      'idp/grace',
    ])
    expect((await pool.query('select * from membership_past')).rows).toEqual([])
  })

  it('releases rows to the managers where git no longer names the members', async () => {
    await apply(database.pool, smallWorld())

    await apply(database.pool, [row('change', 'astro/telescope', 'idp/ada')], { asOf: tuesday })

    const { rows } = await database.pool.query('select origin, since from membership where origin <> $1', ['config'])
    const past = await database.pool.query('select origin, began, ended from membership_past')
    expect(rows).toEqual([{ origin: 'manager', since: tuesday }])
    expect(past.rows).toEqual([{ origin: 'config', began: monday, ended: tuesday }])
  })

  it('takes rows of every origin only where the document is exclusive', async () => {
    await apply(database.pool, smallWorld())
    await apply(database.pool, [row('change', 'astro/telescope', 'idp/ada')])

    await apply(database.pool, [row('remove', 'astro/telescope', 'idp/ada')])
    const kept = (await stateOf(database.pool)).rows.length
    await apply(database.pool, [{ ...row('remove', 'astro/telescope', 'idp/ada'), everyOrigin: true }])

    expect([kept, (await stateOf(database.pool)).rows.length]).toEqual([2, 1])
  })

  it('ends a VO membership with its last row of its own, never with a group row', async () => {
    await apply(database.pool, [...smallWorld(), row('add', 'astro', 'idp/linus')])

    await apply(database.pool, [row('remove', 'astro/telescope', 'idp/ada'), row('remove', 'astro', 'idp/linus')], {
      asOf: tuesday,
    })

    expect(
      (await listMembers(database.pool, { vo: 'astro' })).members.map(({ user, origins }) => [user, origins]),
    ).toEqual([
      ['idp/ada', []],
      ['idp/grace', ['config']],
    ])
    const past = await database.pool.query('select status, ended from member_past')
    expect(past.rows).toEqual([{ status: 'VALID', ended: tuesday }])
  })

  it('never gives a number twice, not even after its holder left, and says when they run out', async () => {
    await apply(database.pool, smallWorld())
    await apply(database.pool, [row('remove', 'astro/telescope', 'idp/ada')])
    await apply(database.pool, [row('add', 'astro/telescope', 'idp/x'), row('add', 'astro/telescope', 'idp/ada')])

    expect(await numbers()).toEqual([
      { user: 'idp/ada', value: 10000 },
      { user: 'idp/grace', value: 10001 },
      { user: 'idp/x', value: 10002 },
    ])
    await expect(
      apply(database.pool, [row('add', 'astro/telescope', 'idp/y'), row('add', 'astro/telescope', 'idp/z')]),
    ).rejects.toMatchObject({ code: 'SEQUENCE_EXHAUSTED' })
  })

  it('names both holders when a unique value is taken', async () => {
    await apply(database.pool, smallWorld())

    const clash = apply(database.pool, [
      add(document('User', 'other', { identities: ['idp/other'], attributes: { login: 'ada' } })),
    ])

    await expect(clash).rejects.toMatchObject({
      code: 'ATTRIBUTE_TAKEN',
      facts: { attribute: 'user.login', value: 'ada', wanted: 'idp/other', held: 'idp/ada' },
    })
  })

  it('lets two people swap a unique value in one apply', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const [ada, grace] = await Promise.all([stored(pool, 'User', 'ada'), stored(pool, 'User', 'grace')])

    await apply(pool, [
      change(ada, document('User', 'ada', { ...ada.spec, attributes: { login: 'grace' } })),
      change(grace, document('User', 'grace', { ...grace.spec, attributes: { login: 'ada' } })),
    ])

    const logins = (await stateOf(pool)).people.map(({ attributes }) => attributes['user.login'])
    expect(logins).toEqual([undefined, 'grace', 'ada'])
  })

  it('removes a VO with everything in it, and then the instance what nothing uses', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const names = [
      ['Resource', 'cluster'],
      ['Group', 'telescope:operators'],
      ['Group', 'telescope'],
      ['VO', 'astro'],
    ] as const
    const objects = await Promise.all(names.map(([kind, name]) => stored(pool, kind, name)))

    await apply(pool, [row('remove', 'astro/telescope', 'idp/ada'), ...objects.map(remove)], { asOf: tuesday })
    await apply(pool, [remove(await stored(pool, 'Facility', 'hpc')), remove(await stored(pool, 'User', 'ada'))])

    const state = await stateOf(pool)
    expect([state.rows, state.members]).toEqual([[], []])
    expect(state.objects.map(({ kind }) => kind)).toEqual(['Instance', 'Source', 'Attribute', 'Service', 'User'])
    expect((await pool.query('select count(*)::integer as rows from membership_past')).rows).toEqual([{ rows: 2 }])
    expect(await verifyAudit(pool)).toMatchObject({ valid: true, transactions: 4 })
  })

  it('is refused under an epoch that somebody else has taken over', async () => {
    const old = await takeEpoch(database.pool, ['vo:astro'])
    await takeEpoch(database.pool, ['vo:astro'])

    const write = inTransaction(database.pool, (tx) => requireFence(tx, 'vo:astro', old))

    await expect(write).rejects.toMatchObject({ code: 'FENCED' })
  })

  it('lets two VOs be applied at once, whose new people are partly the same', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const vo = (name: string, order: readonly string[]) => [
      add(document('VO', name)),
      add(document('Group', 'all', {}, name)),
      add(document('Resource', 'here', { facility: 'hpc', services: ['passwd'], groups: ['all'] }, name)),
      ...order.map((user) => row('add', `${name}/all`, user)),
    ]

    await Promise.all([apply(pool, vo('a', ['idp/p', 'idp/q'])), apply(pool, vo('b', ['idp/q', 'idp/p']))])

    const people = (await stateOf(pool)).people.map(({ identities }) => identities[0])
    expect(people.toSorted()).toEqual(['idp/ada', 'idp/grace', 'idp/p', 'idp/q', 'idp/root'])
    expect((await numbers()).length).toBe(4)
    expect(await verifyAudit(pool)).toMatchObject({ valid: true })
  })
})
