import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction, readStatus } from '../../../store/index.ts'
import { run } from '../../cli/run-program.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, monday, smallWorld } from './world.ts'

describe('status', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await apply(database.pool, smallWorld())
  })
  afterAll(async () => database.drop())

  it('says nothing of clocks and mail while there is nothing to say', async () => {
    const status = await readStatus(database.pool, new Date())

    expect('clocks' in status || 'mail' in status).toBe(false)
  })

  it('shows what each clock does next, and mail that waits, may have arrived, or was refused', async () => {
    const requests = [{ user: 'idp/linus', expires: '2026-03-29' }]
    const input = {
      act: 'add',
      vo: 'astro',
      requests,
      reason: '',
      cause: { actor: 'local/test' },
      now: monday,
    } as const
    await inTransaction(database.pool, (tx) => actOnMembers(tx, input))
    for (const [key, state] of Object.entries({ a: 'queued', b: 'ending', c: 'unknown', d: 'failed', e: 'sent' })) {
      await database.pool.query(
        `insert into mail (key, message_id, recipient, subject, body, queued_at, next_attempt_at, state)
         values ($1, $1, 'p@example.org', '', '', $2, $2, $3)`,
        [key, monday, state],
      )
    }

    const status = await readStatus(database.pool, new Date())
    const { stdout } = await run(['status'], { env: { DATABASE_URL: database.url } })

    expect(status.clocks).toEqual([{ vo: 'astro', at: '2026-03-29T00:00:00.000Z', kind: 'expire', count: 1 }])
    expect(status.mail).toEqual({ waiting: 2, unknown: 1, failed: 1 })
    expect(stdout).toContain(
      'Mail: 2 messages wait, 1 may have arrived or not, 1 refused; `guildhall mail list` tells more\n',
    )
    expect(stdout).toMatch(/CLOCK +NEXT +WHAT +PEOPLE\nastro +2026-03-29 00:00 UTC +expire +1\n/)
  })
})
