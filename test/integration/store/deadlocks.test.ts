import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { asAct, inTransaction, type Tx } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => database.drop())

async function lock(tx: Tx, login: string): Promise<void> {
  await tx.query('select from identity where ref = $1 for update', [`idp/${login}`])
}

/** Has ada's row, and then waits for that of grace, as long as it takes. */
async function other(hasAda: () => void, mayGoOn: Promise<void>): Promise<void> {
  await inTransaction(database.pool, async (tx) => {
    await tx.query(`set local deadlock_timeout = '10min'`)
    await lock(tx, 'ada')
    hasAda()
    await mayGoOn
    await lock(tx, 'grace')
  })
}

function gate(): { readonly isOpen: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined
  const isOpen = new Promise<void>((resolve) => (open = resolve))
  return { isOpen, open: () => open() }
}

it.each([
  ['an act is done again', asAct, 'done 2'],
  ['what is no act is told that the VO is busy', {}, 'VO_BUSY 1'],
])('where two transactions wait for each other, %s', async (...[, options, expected]) => {
  const [hasAda, hasGrace] = [gate(), gate()]
  const first = other(hasAda.open, hasGrace.isOpen)
  await hasAda.isOpen
  let times = 0

  const said = await inTransaction(
    database.pool,
    async (tx) => {
      times += 1
      await lock(tx, 'grace')
      hasGrace.open()
      await lock(tx, 'ada')
      return 'done'
    },
    options,
  ).catch((error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'another error'))
  await first

  expect(`${said} ${times}`).toBe(expected)
})
