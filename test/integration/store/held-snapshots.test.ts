import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  approveSnapshot,
  dropOldSnapshots,
  foldOutbox,
  inTransaction,
  listHeldSnapshots,
  openStoredSnapshot,
  storeSnapshot,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, monday, smallWorld, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => {
  await database.drop()
})

const which = { facility: 'hpc', service: 'passwd' }

describe('a snapshot that is held', () => {
  const made = (people: number, hour: number) =>
    inTransaction(
      database.pool,
      (tx) =>
        storeSnapshot(tx, {
          ...which,
          at: new Date(monday.getTime() + hour * 3_600_000),
          chunks: [{ file: 'passwd', bytes: Buffer.from('line\n'.repeat(people)) }],
          given: () => ({ accounts: 100 }),
        }),
      { isolation: 'repeatable read' },
    )

  it('is not the newest, waits since the first time that it was made, and outlasts a day', async () => {
    const first = await made(100, 0)
    const held = await made(50, 1)
    await made(50, 30)
    await dropOldSnapshots(database.pool, new Date(monday.getTime() + 60 * 3_600_000))

    const open = await openStoredSnapshot(database.pool, which)
    const listed = await listHeldSnapshots(database.pool)

    expect(held).toMatchObject({ generation: 1, hash: first.hash, changed: false, held: { lost: 50, base: 100 } })
    expect(open).toMatchObject({ generation: 1, hash: first.hash })
    expect(listed).toEqual([
      {
        ...{ ...which, hash: held.held?.hash, lost: 50, base: 100, limit: '25%' },
        since: new Date(monday.getTime() + 3_600_000),
      },
    ])
  })

  it('is over once what is made is as the newest, and its number goes to what comes next', async () => {
    await made(100, 0)
    await made(50, 1)

    const same = await made(100, 2)
    const next = await made(99, 3)

    expect({ same, next }).toMatchObject({
      same: { generation: 1, changed: false },
      next: { generation: 2, changed: true },
    })
    expect(await listHeldSnapshots(database.pool)).toEqual([])
  })

  it('is approved by its hash alone, once, and delivered', async () => {
    await made(100, 0)
    const { held } = await made(50, 1)
    await inTransaction(database.pool, (tx) => foldOutbox(tx, 100))
    const approve = (hash: string) =>
      inTransaction(database.pool, (tx) =>
        approveSnapshot(tx, { hash, cause: { actor: 'local/joan' }, reason: 'meant', now: tuesday }),
      )

    await expect(approve((held?.hash ?? '').slice(0, 7))).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' })
    await approve((held?.hash ?? '').slice(0, 8))
    const again = approve(held?.hash ?? '')

    await expect(again).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' })
    expect(await openStoredSnapshot(database.pool, which)).toMatchObject({ generation: 2, hash: held?.hash })
    expect(await inTransaction(database.pool, (tx) => foldOutbox(tx, 100))).toMatchObject({ folded: 1 })
  })
})
