import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { changeValues, inTransaction, type Pool, type SyncInput } from '../../../store/index.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { noon, prepare, syncIn, writtenIn } from './sync-world.ts'
import { add, apply, document } from './world.ts'

let database: TestDatabase
let pool: Pool
let turn = 0

beforeAll(async () => {
  database = await createTestDatabase()
  pool = database.pool
  await prepare(pool)
  await pool.query(`update vo set spec = spec || '{"requires": {"attributes": ["user.email"]}}' where name = 'astro'`)
  await pool.query(`update instance set spec = spec || '{"sourceOrder": ["ldap"]}'`)
  await apply(pool, [add(document('Attribute', 'member.room', { type: 'string' }))])
})

beforeEach(async () => {
  turn += 1
  await mapped('hr', { 'user.email': '${mail}', 'user.displayName': '${cn}' })
  await mapped('ldap', { 'user.displayName': '${cn}' })
})

afterAll(async () => database.drop())

/** What the Source document says of attributes. */
async function mapped(source: string, attributes: object): Promise<void> {
  await pool.query(`update source set spec = spec || jsonb_build_object('attributes', $2::jsonb) where name = $1`, [
    source,
    JSON.stringify(attributes),
  ])
}

/** People of this test alone. */
const who = (login: string): string => `hr/${login}${turn}`

const sync = async (values: Readonly<Record<string, object>>, more: Partial<SyncInput> = {}) =>
  syncIn(
    pool,
    Object.entries(values).map(([login, own]) => ({ identity: who(login), values: { ...own } })),
    { absent: { then: 'remove', runs: 1000 }, ...more },
  )

async function valuesOf(login: string): Promise<object> {
  const { rows } = await pool.query<{ attribute: string; said: string }>(
    `select attribute, value #>> '{}' || ' ' || origin || coalesce(' ' || v.source, '') as said
     from attribute_value v join identity i on i.person_id = v.subject where i.ref = $1 order by 1`,
    [who(login)],
  )
  return Object.fromEntries(rows.map(({ attribute, said }) => [attribute, said]))
}

async function setBy(login: string, name: string, value: string): Promise<void> {
  await inTransaction(pool, (tx) =>
    changeValues(tx, {
      ...{ cause: { actor: 'local/root' }, now: noon('2026-02-01'), reason: 'asked', compileSchema: compileCheck },
      requests: [{ holder: { holder: 'user', user: who(login), names: [] }, name, value }],
    }),
  )
}

async function statusOf(login: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ status: string }>(
    'select status from member mb join identity i using (person_id) where i.ref = $1',
    [who(login)],
  )
  return rows[0]?.status
}

describe('values of a sync', () => {
  it('come with its people, follow the source, and decide about statuses', async () => {
    await sync({
      ann: { 'user.email': 'ann@example.org', 'user.displayName': 'Ann' },
      ben: { 'user.displayName': 'Ben' },
    })
    const first = [await valuesOf('ann'), await statusOf('ann'), await statusOf('ben')]
    await sync({
      ann: { 'user.displayName': 'Ann B.' },
      ben: { 'user.email': 'ben@example.org', 'user.displayName': 'Ben' },
    })

    expect(first).toEqual([
      { 'user.displayName': 'Ann sync hr', 'user.email': 'ann@example.org sync hr' },
      'VALID',
      'INVALID',
    ])
    expect([await valuesOf('ann'), await statusOf('ann'), await statusOf('ben')]).toEqual([
      { 'user.displayName': 'Ann B. sync hr' },
      'INVALID',
      'VALID',
    ])
  })

  it('are not written again where nothing changed', async () => {
    const values = { ann: { 'user.email': 'a@example.org' }, ben: { 'user.displayName': 'Ben' } }
    await sync(values)
    const before = await writtenIn(pool)

    const again = await sync(values)

    expect(again).toEqual({ outcome: 'unchanged', subjects: 2, skipped: [] })
    expect(await writtenIn(pool)).toEqual(before)
  })

  it('leave what a manager gave, unless they overwrite', async () => {
    await sync({ ann: { 'user.displayName': 'Ann' } })
    await setBy('ann', 'user.displayName', 'Dr. Ann')

    const merged = await sync({ ann: { 'user.displayName': 'Ann' } })
    const kept = await valuesOf('ann')
    await mapped('hr', { 'user.displayName': { template: '${cn}', overwrite: true } })
    await sync({ ann: { 'user.displayName': 'Ann' } })

    expect([merged.outcome, kept]).toEqual(['unchanged', { 'user.displayName': 'Dr. Ann manager' }])
    expect(await valuesOf('ann')).toEqual({ 'user.displayName': 'Ann sync hr' })
  })

  it('leave out what is somebody else’s, and what is none, and do the rest', async () => {
    await mapped('hr', { 'user.login': '${uid}', 'user.displayName': '${cn}' })
    await sync({ ann: { 'user.login': `ann${turn}` } })

    const values = { 'user.login': `ANN${turn}`, 'user.displayName': 'Ben' }
    const answer = await syncIn(
      pool,
      [
        { identity: who('ann'), values: { 'user.login': `ann${turn}` } },
        { identity: who('ben'), values },
        {
          ...{ identity: who('cid'), values: {} },
          unusable: [{ reason: 'value-invalid', of: 'user.displayName', message: 'expected a name' }],
        },
      ],
      { absent: { then: 'remove', runs: 1000 } },
    )

    expect(answer).toMatchObject({
      outcome: 'changed',
      skipped: [
        { reason: 'value-invalid', of: 'user.displayName', count: 1, identities: [who('cid')] },
        { reason: 'value-taken', of: 'user.login', count: 1, identities: [who('ben')] },
      ],
    })
    expect([await valuesOf('ann'), await valuesOf('ben')]).toEqual([
      { 'user.login': `ann${turn} sync hr` },
      { 'user.displayName': 'Ben sync hr' },
    ])
  })

  it('of two sources are those of the one with authority, and settle after a round', async () => {
    const round = async (hr: string | undefined, ldap: string | undefined): Promise<readonly string[]> => {
      const say = (name: string | undefined) => (name === undefined ? {} : { 'user.displayName': name })
      const own = await sync({ ann: say(hr) })
      const other = await syncIn(
        pool,
        [{ identity: `ldap/ann${turn}`, others: [{ identity: who('ann') }], values: say(ldap) }],
        { source: 'ldap', absent: { then: 'remove', runs: 1000 } },
      )
      return [own.outcome, other.outcome, JSON.stringify(await valuesOf('ann'))]
    }
    await round('H', 'L')

    expect([
      await round('H', 'L'),
      await round('H', 'L'),
      await round('H', undefined),
      await round('H', undefined),
    ]).toEqual([
      ['unchanged', 'unchanged', '{"user.displayName":"L sync ldap"}'],
      ['unchanged', 'unchanged', '{"user.displayName":"L sync ldap"}'],
      ['unchanged', 'changed', '{"user.displayName":"H sync hr"}'],
      ['unchanged', 'unchanged', '{"user.displayName":"H sync hr"}'],
    ])
  })

  it.each([
    ['one login', 'ann', 'ann'],
    ['two logins of one person', 'ann', 'annie'],
  ])('that two records give of %s are told, the same in whatever order, and settle', async (_, login, other) => {
    const round = async (...names: readonly (readonly [string, string])[]): Promise<readonly unknown[]> => {
      const said = names.map(([own, name]) => ({
        ...{ identity: who(own), values: { 'user.email': 'ann@example.org', 'user.displayName': name } },
        ...(own === 'ann' ? {} : { others: [{ identity: who('ann') }] }),
      }))
      const eve = { identity: who('eve'), values: { 'user.displayName': 'Eve' } }
      const { outcome, skipped } = await syncIn(pool, [...said, eve], { absent: { then: 'remove', runs: 1000 } })
      return [outcome, skipped, await valuesOf('ann')]
    }
    const some = [login, 'Anna'] as const
    const others = [other, 'Ann'] as const
    await sync({ ann: {} })
    const first = await round(some, others)
    const before = await writtenIn(pool)

    const again = [await round(some, others), await round(others, some)]

    const counting = login === other ? 'Ann' : 'Anna'
    const told = [
      [{ reason: 'value-ambiguous', of: 'user.displayName', count: 1, identities: [who('ann')] }],
      { 'user.displayName': `${counting} sync hr`, 'user.email': 'ann@example.org sync hr' },
    ]
    expect([first, ...again]).toEqual([
      ['changed', ...told],
      ['unchanged', ...told],
      ['unchanged', ...told],
    ])
    expect(await writtenIn(pool)).toEqual(before)
  })

  it('of members are of the VO', async () => {
    await mapped('hr', { 'member.room': '${room}' })

    await sync({ ann: { 'member.room': 'A1' } })

    expect(await valuesOf('ann')).toEqual({ 'member.room': 'A1 sync hr' })
  })

  it('come beside levels, which are noted once, and again when half of their time is over', async () => {
    await pool.query(`update source set spec = spec || '{"validFor": "P100D"}' where name = 'idp'`)
    const seen = async (day: string, loa: number): Promise<readonly unknown[]> => {
      const others = [{ identity: `idp/ann${turn}`, loa }]
      const { outcome } = await syncIn(pool, [{ identity: who('ann'), others, values: {} }], {
        ...{ absent: { then: 'remove', runs: 1000 }, now: noon(day) },
      })
      const { rows } = await pool.query<{ loa: number; day: string }>(
        'select loa, seen_at::date::text as day from identity where ref = $1',
        [`idp/ann${turn}`],
      )
      return [outcome, ...rows.map((row) => `${row.loa} ${row.day}`)]
    }

    expect([
      await seen('2026-02-01', 2),
      await seen('2026-02-02', 2),
      await seen('2026-02-03', 1),
      await seen('2026-03-03', 1),
      await seen('2026-03-30', 1),
    ]).toEqual([
      ['changed', '2 2026-02-01'],
      ['unchanged', '2 2026-02-01'],
      ['changed', '1 2026-02-03'],
      ['unchanged', '1 2026-02-03'],
      ['changed', '1 2026-03-30'],
    ])
  })

  it('come beside levels of two records, of which the higher counts in each run', async () => {
    const record = (loa: number) => ({
      identity: who('ann'),
      others: [{ identity: `idp/ann${turn}`, loa }],
      values: {},
    })
    const round = async (...loas: readonly number[]): Promise<readonly unknown[]> => {
      const { outcome } = await syncIn(pool, loas.map(record), { absent: { then: 'remove', runs: 1000 } })
      const { rows } = await pool.query<{ loa: number }>('select loa from identity where ref = $1', [`idp/ann${turn}`])
      return [outcome, ...rows.map(({ loa }) => loa)]
    }

    expect([await round(1, 2), await round(1, 2), await round(2, 1), await round(1, 1)]).toEqual([
      ['changed', 2],
      ['unchanged', 2],
      ['unchanged', 2],
      ['changed', 1],
    ])
  })

  it('spare whom a bad record names', async () => {
    await sync({ ann: {}, ben: {}, cid: {}, dot: {}, eve: {} })

    const answer = await syncIn(pool, {
      [Symbol.asyncIterator]: async function* () {
        yield [
          ...['ann', 'ben', 'cid', 'dot'].map((login) => ({ identity: who(login), values: {} })),
          { kind: 'skipped', reason: 'date-invalid', field: 'expires', identity: who('eve') },
        ] as const
        return { complete: true, count: 5 }
      },
    })

    expect(answer).toMatchObject({ skipped: [{ reason: 'date-invalid', count: 1, identities: [who('eve')] }] })
    expect(await statusOf('eve')).toBe('INVALID')
  })
})
