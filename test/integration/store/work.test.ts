import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  approveHold,
  closeHold,
  dropOldLosses,
  explain,
  findApprovals,
  findClosedHold,
  freeze,
  inTransaction,
  listFreezes,
  listHolds,
  listen,
  lockVos,
  migrate,
  openHold,
  openPool,
  readPin,
  setPin,
  spendApproval,
  unfreeze,
  updateRowPositions,
  verifyAudit,
  withDeliveryLock,
  type Tx,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, monday, row, smallWorld, stateOf, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  await database.drop()
})

async function inTx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(database.pool, work)
}

async function events(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select concat_ws(' ', e.actor, e.action, e.kind, e.name, d.personal) as line
     from event e join event_detail d on d.event_id = e.id order by e.id`,
  )
  return rows.map(({ line }) => line)
}

const held = { scope: 'vo:astro', digest: 'd1', commit: 'c1', reasons: [], losses: [], at: monday } as const

describe('a hold', () => {
  it('is kept for the same changes, replaced by others, and closed once', async () => {
    const steps = [
      await inTx((tx) => openHold(tx, held)),
      await inTx((tx) => openHold(tx, held)),
      await inTx((tx) => openHold(tx, { ...held, digest: 'd2' })),
    ]
    await inTx((tx) => closeHold(tx, { scope: 'vo:astro', outcome: 'lapsed', at: tuesday }))
    await inTx((tx) => closeHold(tx, { scope: 'vo:astro', outcome: 'voided', at: tuesday }))

    expect(steps.map(({ kind }) => kind)).toEqual(['opened', 'kept', 'replaced'])
    expect(await listHolds(database.pool)).toEqual([])
    expect(await findClosedHold(database.pool, 'd1')).toEqual({ scope: 'vo:astro', outcome: 'superseded' })
    expect(await findClosedHold(database.pool, 'd2')).toEqual({ scope: 'vo:astro', outcome: 'lapsed' })
  })

  it('is approved by its digest, and the approval is spent once', async () => {
    await inTx((tx) => openHold(tx, held))
    const approval = { digest: 'd1', by: 'local/root', reason: 'agreed', at: monday }
    const { id } = await inTx((tx) => approveHold(tx, approval))
    const unspent = await findApprovals(database.pool, { after: new Date(0) })
    await inTx((tx) => spendApproval(tx, { id, at: tuesday }))

    expect(unspent.map(({ by, digest }) => [by, digest])).toEqual([['local/root', 'd1']])
    expect(await findApprovals(database.pool, { after: new Date(0) })).toEqual([])
    await expect(inTx((tx) => spendApproval(tx, { id, at: tuesday }))).rejects.toMatchObject({
      code: 'HOLD_NOT_APPROVABLE',
    })
    await expect(inTx((tx) => approveHold(tx, { ...approval, digest: 'no' }))).rejects.toMatchObject({
      code: 'HOLD_UNKNOWN',
    })
  })
})

describe('a freeze or pin', () => {
  it('stands until it is lifted', async () => {
    await inTx((tx) => freeze(tx, { scope: 'vo:astro', by: 'local/root', reason: 'move', at: monday }))
    await inTx((tx) => freeze(tx, { by: 'local/root', reason: 'all', at: monday }))
    await inTx((tx) => setPin(tx, { commit: 'c1', by: 'local/root', at: monday }))
    const before = [await listFreezes(database.pool), await readPin(database.pool)]
    const lifted = [
      await inTx((tx) => unfreeze(tx, { by: 'local/root', at: tuesday })),
      await inTx((tx) => unfreeze(tx, { by: 'local/root', at: tuesday })),
    ]
    await inTx((tx) => setPin(tx, { commit: undefined, by: 'local/root', at: tuesday }))

    expect(before).toEqual([
      [
        { by: 'local/root', reason: 'all', at: monday },
        { scope: 'vo:astro', by: 'local/root', reason: 'move', at: monday },
      ],
      { commit: 'c1', by: 'local/root', at: monday },
    ])
    expect(lifted).toEqual([true, false])
    expect((await listFreezes(database.pool)).map(({ scope }) => scope)).toEqual(['vo:astro'])
    expect(await readPin(database.pool)).toBeUndefined()
  })
})

describe('the audit trail of work', () => {
  it('names who opened, approved, spent, closed, froze and pinned, one link a transaction', async () => {
    const by = 'local/root'
    await inTx((tx) => openHold(tx, held))
    const { id } = await inTx((tx) => approveHold(tx, { digest: 'd1', by, reason: 'agreed', at: monday }))
    await inTx(async (tx) => {
      await spendApproval(tx, { id, at: tuesday })
      await closeHold(tx, { scope: 'vo:astro', outcome: 'approved', at: tuesday })
    })
    await inTx((tx) => freeze(tx, { by, reason: 'move', at: monday }))
    await inTx((tx) => unfreeze(tx, { by, at: monday }))
    await inTx((tx) => setPin(tx, { commit: 'c1', by, at: monday }))

    expect(await events()).toEqual([
      'commit/c1 open Hold vo:astro {"digest": "d1"}',
      'local/root add Approval vo:astro {"digest": "d1", "reason": "agreed"}',
      'guildhall spend Approval vo:astro {"digest": "d1"}',
      'guildhall close Hold vo:astro {"digest": "d1", "outcome": "approved"}',
      'local/root add Freeze * {"reason": "move"}',
      'local/root remove Freeze * {}',
      'local/root add Pin instance {"commit": "c1"}',
    ])
    expect(await verifyAudit(database.pool)).toEqual({ valid: true, transactions: 6, events: 7 })
  })

  it('keeps nothing of a transaction that was rolled back', async () => {
    const failed = inTx(async (tx) => {
      await openHold(tx, held)
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await inTx((tx) => openHold(tx, held))

    expect(await verifyAudit(database.pool)).toEqual({ valid: true, transactions: 1, events: 1 })
  })
})

describe('positions and losses', () => {
  it('names the new place of a membership whose document moved without a change', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const at = { file: 'moved.yaml', line: 42, column: 7 }
    await inTx((tx) => updateRowPositions(tx, [{ vo: 'astro', group: 'telescope', user: 'idp/ada', at }]))

    const { chain } = await explain(pool, { identity: 'idp/ada', vo: 'astro', resource: 'cluster', askedAt: monday })

    expect(chain[0]).toMatchObject({ kind: 'GroupMember', file: 'moved.yaml', line: 42 })
  })

  it('forgets losses that lie before the window', async () => {
    const { pool } = database
    await apply(pool, smallWorld())
    const ada = (await stateOf(pool)).people.find(({ identities }) => identities.includes('idp/ada'))
    const losses = [{ set: { kind: 'facility', name: 'hpc' }, user: ada?.id ?? 0 }] as const
    await apply(pool, [row('remove', 'astro/telescope', 'idp/ada')], { losses })

    const counts = [
      await dropOldLosses(pool, { before: monday }),
      await dropOldLosses(pool, { before: tuesday }),
      (await stateOf(pool)).losses.length,
    ]

    expect(counts).toEqual([0, 1, 0])
  })
})

describe('locks and hints', () => {
  it('come and go on one connection, whoever comes while another leaves, and leave nothing behind on it', async () => {
    const pool = openPool(database.url)
    const listeners = async () => {
      const client = await pool.connect()
      const count = client.listenerCount('error')
      client.release()
      return count
    }
    const before = await listeners()
    const lane = async (destination: string) => {
      for (let round = 0; round < 40; round += 1) {
        const key = { facility: 'hpc', service: 'passwd', destination }
        expect(await withDeliveryLock(pool, key, () => Promise.resolve(round))).toBe(round)
      }
    }

    await lane('a')
    await Promise.all([lane('a'), lane('b')])

    expect(await listeners()).toBe(before)
    expect(pool.totalCount).toBe(1)
    await pool.end()
  })

  it('deliver to one place once at a time over all processes, and to many at once', async () => {
    const [one, other] = [openPool(database.url), openPool(database.url)]
    const key = { facility: 'hpc', service: 'passwd', destination: 'copy' }
    const inside = withDeliveryLock(one, key, async () => [
      await withDeliveryLock(one, key, async () => 'again'),
      await withDeliveryLock(other, key, async () => 'elsewhere'),
    ])
    const met = await inside
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        withDeliveryLock(one, { ...key, destination: `d${index}` }, async () => index),
      ),
    )
    const after = await withDeliveryLock(other, key, async () => 'free')
    await Promise.all([one.end(), other.end()])

    expect(met).toEqual([undefined, undefined])
    expect(many.length).toBe(new Set(many).size)
    expect(after).toBe('free')
  })

  it('say that a VO is busy when somebody else does not let go of it', async () => {
    const { pool } = database
    const slow = await pool.connect()
    await slow.query('begin')
    await lockVos(slow, ['astro'], { mode: 'exclusive' })

    const busy = inTx((tx) => lockVos(tx, ['astro'], { mode: 'shared', patience: '50ms' }))

    await expect(busy).rejects.toMatchObject({ code: 'VO_BUSY', facts: { scope: 'vo:astro' } })
    await slow.query('rollback')
    slow.release()
  })

  it('tell of an apply as soon as it is committed', async () => {
    const { pool } = database
    let heard = (): void => undefined
    const hint = new Promise<void>((resolve) => (heard = resolve))
    const stop = await listen(pool, () => heard())
    await apply(pool, smallWorld())

    await hint
    await stop()

    expect(pool.totalCount).toBeGreaterThan(0)
  })
})

it('refuses a database whose migration was applied with other content', async () => {
  const { pool } = database
  await pool.query(`update migration set checksum = 'other' where name = '0002-people.sql'`)

  await expect(migrate(pool)).rejects.toMatchObject({
    code: 'MIGRATION_CHANGED',
    facts: { migration: '0002-people.sql' },
  })
})
