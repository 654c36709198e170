import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  actOnMembers,
  changeIdentities,
  explain,
  inTransaction,
  listMembers,
  nextDue,
  readWakes,
  runClock,
  verifyAudit,
  type IdentityAnswer,
  type IdentityInput,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

const expiration = { extendBy: 'P1Y', autoExtend: { lastLoginWithin: 'P3M', sources: ['idp'] } }

async function withLevels(spec: object = { requires: { loa: [2, 3] } }): Promise<void> {
  await apply(database.pool, [
    ...smallWorld().map((change) =>
      change.kind === 'Source' ? add(document('Source', 'idp', { type: 'declared', loa: 1, validFor: 'P1Y' })) : change,
    ),
    add(document('Source', 'github', { type: 'declared', loa: 0 })),
    add(document('VO', 'bio', spec)),
    add(document('Resource', 'disk', { facility: 'hpc', services: [], groups: ['members'] }, 'bio')),
  ])
}

async function change(
  act: IdentityInput['act'],
  request: IdentityInput['requests'][number],
  particulars: Partial<IdentityInput> = {},
): Promise<IdentityAnswer> {
  const now = noon('2026-01-10')
  const input = { act, requests: [request], reason: '', cause: { actor: 'local/test' }, now, ...particulars }
  const [answer] = await inTransaction(database.pool, (tx) => changeIdentities(tx, input))
  if (answer === undefined) throw new Error('there was no answer')
  return answer
}

async function join(user: string, expires: string | null = null): Promise<void> {
  const input = { vo: 'bio', act: 'add', reason: '', cause: { actor: 'local/test' }, now: noon('2026-01-10') } as const
  await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, requests: [{ user, expires }] }))
}

async function run(now: Date): Promise<void> {
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'bio', now, atMost: 100 }))
    if (!step.more) return
  }
}

async function statuses(): Promise<object> {
  const { members } = await listMembers(database.pool, { vo: 'bio' })
  return Object.fromEntries(members.map(({ user, status, expires = '' }) => [user, `${status} ${expires}`.trimEnd()]))
}

async function since(user: string): Promise<Date | undefined> {
  const { rows } = await database.pool.query<{ since: Date }>(
    `select mb.since from member mb join identity i using (person_id) join vo on vo.id = mb.vo_id
     where i.ref = $1 and vo.name = 'bio'`,
    [user],
  )
  return rows[0]?.since
}

describe('identities', () => {
  it('that are seen with an accepted level let their people in, for as long as it counts', async () => {
    await withLevels()
    await join('idp/ada')
    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID' })
    expect(
      (await explain(database.pool, { identity: 'idp/ada', vo: 'bio', resource: 'disk', askedAt: noon('2026-01-10') }))
        .missing,
    ).toEqual([
      {
        code: 'loa-missing',
        message: '"idp/ada" has no identity of LoA 2 or 3, which VO "bio" requires: theirs is 0, 1',
      },
    ])

    const answer = await change('seen', { identity: 'idp/ada', loa: 2, at: noon('2026-01-09') })

    expect(answer).toEqual({
      ...{ identity: 'idp/ada', user: 'idp/ada', loa: 2, seen: noon('2026-01-09') },
      memberships: [
        { vo: 'astro', status: 'VALID' },
        { vo: 'bio', status: 'VALID' },
      ],
    })
    expect((await readWakes(database.pool)).vos).toContain('bio')
    expect(await nextDue(database.pool, 'bio')).toEqual({
      ...{ at: new Date('2027-01-09T00:00:00Z'), kind: 'lapse', count: 1 },
    })
    await run(noon('2027-01-08'))
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID' })
    await run(noon('2027-03-01'))
    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID' })
    const { rows } = await database.pool.query("select ended from member_past where status = 'VALID'")
    expect(rows).toEqual([{ ended: new Date('2027-01-09T00:00:00Z') }])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('let their people in when a level that the VO does not accept counts no more, and the one below does', async () => {
    await withLevels({ requires: { loa: [1] } })
    const seen = noon('2026-01-08')
    await change('seen', { identity: 'idp/ada', loa: 2, at: seen })
    await change('seen', { identity: 'idp/grace', loa: 1, at: seen })
    await join('idp/ada')
    await join('idp/grace')
    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID', 'idp/grace': 'VALID' })

    expect(await nextDue(database.pool, 'bio')).toEqual({
      ...{ at: new Date('2027-01-08T00:00:00Z'), kind: 'lapse', count: 1 },
    })
    await run(new Date('2027-01-07T23:59:59Z'))
    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID', 'idp/grace': 'VALID' })
    await run(noon('2027-02-01'))
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'VALID' })
    expect(await since('idp/ada')).toEqual(new Date('2027-01-08T00:00:00Z'))
    expect(await nextDue(database.pool, 'bio')).toEqual({ at: undefined, count: 0 })
  })

  it.each([
    ['a value that the VO requires', { requires: { loa: [1], attributes: ['user.email'] } }],
    [
      'the acceptance of the terms',
      { requires: { loa: [1] }, terms: { version: '1', sha256: 'x', text: 'x', grace: 'P1D' } },
    ],
  ])('let nobody in thereby who lacks %s too', async (_, spec) => {
    await withLevels(spec)
    await change('seen', { identity: 'idp/ada', loa: 2, at: noon('2026-01-08') })
    await join('idp/ada')
    await run(noon('2026-03-01'))

    expect(await nextDue(database.pool, 'bio')).toEqual({ at: undefined, count: 0 })
    await run(noon('2027-02-01'))
    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID' })
  })

  it('lapse for nobody who has another one of an accepted level', async () => {
    await withLevels()
    await join('idp/ada')
    await change('seen', { identity: 'idp/ada', loa: 2 })
    await change('seen', { identity: 'github/ada', loa: 3 })

    await run(noon('2028-01-01'))

    expect(await statuses()).toEqual({ 'idp/ada': 'VALID' })
    expect(await nextDue(database.pool, 'bio')).toEqual({ at: undefined, count: 0 })
  })

  it('an older sighting changes no level, and none may lie in the future', async () => {
    await withLevels()
    await change('seen', { identity: 'idp/ada', loa: 3, attributes: { eppn: 'ada@example.org' } })

    expect(await change('seen', { identity: 'idp/ada', loa: 1, at: noon('2025-12-01') })).toMatchObject({
      ...{ loa: 3, seen: noon('2026-01-10') },
    })
    expect(await change('seen', { identity: 'idp/ada', at: noon('2026-01-11') })).toMatchObject({
      refused: { reason: 'in-the-future' },
    })
    const { rows } = await database.pool.query("select attributes from identity where ref = 'idp/ada'")
    expect(rows).toEqual([{ attributes: { eppn: 'ada@example.org' } }])
  })

  it('an older sighting fills in what no newer one said, and changes nothing else', async () => {
    await withLevels()
    await apply(database.pool, [
      add(document('Attribute', 'identity.mail', { type: 'string' })),
      add(document('Attribute', 'identity.phone', { type: 'string' })),
    ])
    const [mail, older] = [{ mail: 'new@example.org' }, { mail: 'old@example.org', phone: '1', eppn: 'ada' }]
    await change('seen', { identity: 'idp/ada', attributes: mail })

    await change('seen', { identity: 'idp/ada', attributes: older, at: noon('2025-12-01') })
    const { rows } = await database.pool.query(
      `select i.attributes, jsonb_object_agg(v.attribute, v.value) as declared
       from identity i join attribute_value v on v.subject = i.id and v.attribute like 'identity.%'
       where i.ref = 'idp/ada' group by i.attributes`,
    )
    await change('seen', { identity: 'idp/ada', attributes: older })
    const { rows: seenAgain } = await database.pool.query("select attributes from identity where ref = 'idp/ada'")

    expect(rows).toEqual([
      {
        attributes: { ...older, ...mail },
        declared: { 'identity.mail': 'new@example.org', 'identity.phone': '1' },
      },
    ])
    expect(seenAgain).toEqual([{ attributes: older }])
  })

  it('are joined to a person and taken away again, with what their level gave', async () => {
    await withLevels()
    await join('idp/ada')
    await join('idp/other')
    await change('seen', { identity: 'idp/other', loa: 2 })
    const orcid = 'idp/0000-0002'

    expect(await change('add', { identity: orcid, user: 'github/ada', loa: 2 })).toMatchObject({
      ...{ user: 'idp/ada', loa: 2 },
      memberships: [{ vo: 'astro' }, { vo: 'bio', status: 'VALID' }],
    })
    expect((await listMembers(database.pool, { vo: 'bio' })).members[0]).toMatchObject({
      ...{ user: 'idp/ada', identities: ['idp/ada', 'github/ada', orcid] },
    })
    expect(await change('remove', { identity: orcid })).toMatchObject({
      ...{ identity: orcid, user: 'idp/ada', loa: null, seen: null },
      memberships: [{ vo: 'astro' }, { vo: 'bio', status: 'INVALID' }],
    })
  })

  it.each([
    ['add', { identity: 'idp/ada', user: 'idp/grace' }, 'identity-taken'],
    ['add', { identity: 'idq/x' }, 'source-unknown'],
    ['add', { identity: 'idp/x', user: 'idp/y' }, 'user-unknown'],
    ['seen', { identity: 'idp/x' }, 'identity-unknown'],
    ['seen', { identity: 'idq/ada' }, 'source-unknown'],
    ['remove', { identity: 'idq/ada' }, 'source-unknown'],
    ['remove', { identity: 'github/ada' }, 'declared'],
    ['remove', { identity: 'idp/alone' }, 'last-identity'],
  ] as const)('are refused: %s %j is %s', async (act, request, reason) => {
    await withLevels()
    await change('add', { identity: 'idp/alone' })

    expect(await change(act, request)).toMatchObject({ refused: { reason } })
  })

  it('only an admin may change', async () => {
    await withLevels()

    await expect(change('seen', { identity: 'idp/ada' }, { actor: 'idp/ada' })).rejects.toMatchObject({
      code: 'ACTOR_NOT_ELIGIBLE',
      message: 'Cannot act on people as "idp/ada": expected an admin of the instance',
    })
    expect(await change('seen', { identity: 'idp/ada' }, { actor: 'idp/root' })).toMatchObject({ user: 'idp/ada' })
  })
})

describe('automatic extension', () => {
  it('goes to those whom a source named saw shortly before the end, when it comes', async () => {
    await withLevels({ expiration })
    for (const user of ['idp/recent', 'idp/long-ago', 'idp/never', 'github/elsewhere']) await join(user, '2026-06-01')
    await change('seen', { identity: 'idp/recent', at: noon('2026-03-02') }, { now: noon('2026-05-01') })
    await change('seen', { identity: 'idp/long-ago', at: noon('2026-03-01') }, { now: noon('2026-05-01') })
    await change('seen', { identity: 'github/elsewhere', at: noon('2026-05-01') }, { now: noon('2026-05-01') })

    await run(noon('2026-06-03'))

    expect(await statuses()).toEqual({
      'github/elsewhere': 'EXPIRED 2026-06-01',
      'idp/long-ago': 'EXPIRED 2026-06-01',
      'idp/never': 'EXPIRED 2026-06-01',
      'idp/recent': 'VALID 2027-06-01',
    })
    const { rows } = await database.pool.query("select actor, action from event where action = 'extend'")
    expect(rows).toEqual([{ actor: 'clock', action: 'extend' }])
  })

  it('goes to nobody whom the rules refuse one', async () => {
    await withLevels({ expiration: { ...expiration, notRenewableLoas: [1] } })
    await join('idp/recent', '2026-06-01')
    await change('seen', { identity: 'idp/recent', at: noon('2026-05-01') }, { now: noon('2026-05-01') })

    await run(noon('2026-06-03'))

    expect(await statuses()).toEqual({ 'idp/recent': 'EXPIRED 2026-06-01' })
  })
})
