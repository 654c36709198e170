import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Loss } from '../../../core/model/plan.ts'
import { approveHold, inTransaction, openHold, readApplied, setApplied, spendApproval } from '../../../store/index.ts'
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
  const { rows } = await database.pool.query<{ user: string; value: number }>(
    `select p.identities[1] as user, v.value from attribute_value v
     join person p on p.id = v.subject join facility f on f.id = v.object
     where v.attribute = 'user-facility.uid' order by 2`,
  )
  return rows.map(({ user, value }) => `${user} ${value}`)
}

async function idOf(identity: string): Promise<number> {
  return (await stateOf(database.pool)).people.find(({ identities }) => identities[0] === identity)?.id ?? 0
}

async function moveVo(from: string, to: string): Promise<void> {
  const have = await stored(database.pool, 'VO', from)
  await apply(database.pool, [change(have, document('VO', to, have.spec))])
}

describe('generated numbers', () => {
  it('go on where they were when a facility is removed and declared again', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const [resource, facility] = [await stored(pool, 'Resource', 'cluster'), await stored(pool, 'Facility', 'hpc')]
    await apply(pool, [remove(resource)])
    await apply(pool, [remove(facility)])

    await apply(pool, [add(document('Facility', 'hpc', facility.spec))])
    await apply(pool, [add(document('Resource', 'cluster', resource.spec, 'astro'))])

    expect(await numbers()).toEqual(['idp/ada 10002', 'idp/grace 10003'])
  })

  it('go on where they were under the new name of a facility', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const hpc = await stored(pool, 'Facility', 'hpc')
    await apply(pool, [change(hpc, document('Facility', 'super', hpc.spec))])

    await apply(pool, [row('add', 'astro/telescope', 'idp/x')])

    expect(await numbers()).toEqual(['idp/ada 10000', 'idp/grace 10001', 'idp/x 10002'])
  })
})

describe('the commit a VO stands at', () => {
  async function standAt(...vos: readonly string[]): Promise<void> {
    await inTransaction(database.pool, async (tx) => {
      for (const vo of vos) await setApplied(tx, { scope: `vo:${vo}`, commit: 'c0ffee', at: monday })
    })
  }

  it('is forgotten with the VO, and under its old name', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), add(document('VO', 'stars'))])
    await standAt('astro', 'stars')
    const before = await readApplied(pool)

    await apply(pool, [remove(await stored(pool, 'VO', 'stars'))])
    await standAt('stars-of-old')
    await moveVo('astro', 'sky')
    await standAt('sky')

    expect([before, await readApplied(pool)]).toEqual([
      { 'vo:astro': 'c0ffee', 'vo:stars': 'c0ffee' },
      { 'vo:sky': 'c0ffee' },
    ])
  })
})

describe('losses', () => {
  const lossesOf = (user: number): Loss[] => [
    { set: { kind: 'vo', vo: 'astro' }, user },
    { set: { kind: 'group', vo: 'astro', name: 'telescope' }, user },
    { set: { kind: 'facility', name: 'hpc' }, user },
  ]

  it('count under the new name of a VO', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const user = await idOf('idp/root')
    await apply(pool, [row('remove', 'astro/telescope', 'idp/ada')], { losses: lossesOf(user) })

    await moveVo('astro', 'stars')

    expect((await stateOf(pool)).losses).toEqual([
      { set: { kind: 'facility', name: 'hpc' }, user },
      { set: { kind: 'group', vo: 'stars', name: 'telescope' }, user },
      { set: { kind: 'vo', vo: 'stars' }, user },
    ])
  })

  it('of a VO that had the new name before do not stand in the way, and the later ones count', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), add(document('VO', 'stars'))])
    const user = await idOf('idp/root')
    const lossesIn = (vo: string): Loss[] => [
      { set: { kind: 'group', vo, name: 'telescope' }, user },
      { set: { kind: 'vo', vo }, user },
    ]
    await apply(pool, [remove(await stored(pool, 'VO', 'stars'))], { losses: lossesIn('stars') })
    await apply(pool, [row('remove', 'astro/telescope', 'idp/ada')], {
      losses: lossesIn('astro'),
      asOf: tuesday,
    })

    await moveVo('astro', 'stars')

    const { rows } = await pool.query('select scope, vo, name, at from loss order by kind')
    expect(rows).toEqual([
      { scope: 'vo:stars', vo: 'stars', name: 'telescope', at: tuesday },
      { scope: 'vo:stars', vo: 'stars', name: 'stars', at: tuesday },
    ])
  })

  it('are cleared by an approval for the VO under its new name', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const user = await idOf('idp/root')
    await apply(pool, [row('remove', 'astro/telescope', 'idp/ada')], { losses: lossesOf(user) })
    await moveVo('astro', 'stars')

    await inTransaction(pool, async (tx) => {
      const hold = { scope: 'vo:stars', digest: 'd', commit: 'c', reasons: [], losses: [], at: monday } as const
      await openHold(tx, hold)
      const { id } = await approveHold(tx, { digest: 'd', by: 'idp/root', reason: 'agreed', at: monday })
      await spendApproval(tx, { id, at: tuesday })
    })

    expect((await stateOf(pool)).losses).toEqual([])
  })
})
