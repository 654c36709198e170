import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { listen, openPool, type Pool } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'

let database: TestDatabase
let pool: Pool

beforeEach(async () => {
  database = await createTestDatabase()
  pool = openPool(database.url)
})

afterEach(async () => {
  await pool.end()
  await database.drop()
})

describe('the connection for hints', () => {
  it('goes back when it cannot listen', async () => {
    breakConnections(1, { isSilent: true })

    await expect(listen(pool, () => undefined)).rejects.toThrow('lost')

    expect(inUse()).toBe(0)
  })

  it('is one again after it was lost, also when the next one breaks at once', async () => {
    const connect = jest.spyOn(pool, 'connect')
    let hints = 0
    const stop = await listen(pool, () => (hints += 1))
    breakConnections(1)

    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where query = 'listen guildhall_outbox' and datname = current_database()`,
    )
    await until(() => connect.mock.calls.length >= 3)
    await until(() => inUse() > 0 && pool.waitingCount === 0)
    await until(async () => {
      await database.pool.query('notify guildhall_outbox')
      return hints > 0
    })

    expect({ connections: connect.mock.calls.length, inUse: inUse() }).toEqual({ connections: 3, inUse: 1 })
    await stop()
    await until(() => inUse() === 0)
  })
})

/** The next connections are lost as they are told to listen; silent ones only answer that it failed. */
function breakConnections(times: number, { isSilent = false } = {}): void {
  let left = times
  pool.on('connect', (client) => {
    if (left === 0) return
    left -= 1
    const lose = async (): Promise<never> => {
      if (!isSilent) client.emit('error', new Error('lost'))
      throw new Error('lost')
    }
    Object.assign(client, { query: lose })
  })
}

function inUse(): number {
  return pool.totalCount - pool.idleCount
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}
