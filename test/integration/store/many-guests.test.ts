import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { firstNotice, noticesDue } from '../../../store/due-notices.ts'
import { inTransaction } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  const ada = document('User', 'ada', { identities: ['idp/ada'] })
  const notices = { before: ['P7D', 'P1D'], after: ['P7D'] }
  await apply(database.pool, [
    add(document('Instance', 'example')),
    add(document('Source', 'idp', { type: 'declared' })),
    add(ada),
    add(document('VO', 'astro', { sponsors: [{ user: 'idp/ada' }], notices })),
  ])
})

afterEach(async () => database.drop())

/** Lets astro have so many guests of ada until a day. */
async function withGuests(count: number, until: string): Promise<void> {
  await database.pool.query(
    `with sponsor as (select person_id::text as name from identity where ref = 'idp/ada'), p as (
       insert into person (identities, created_at)
       select array['idp/' || $2 || n], '2026-01-10' from generate_series(1, $1) n returning id
     ), rows as (
       insert into membership (vo_id, group_id, person_id, origin, origin_name, since, status, expires)
       select vo.id, null, p.id, 'sponsor', sponsor.name, '2026-01-10', 'VALID', $2::date
       from sponsor, p, vo where vo.name = 'astro'
     )
     insert into member (vo_id, person_id, status, since, expires, date_since)
     select vo.id, p.id, 'VALID', '2026-01-10', $2::date, '2026-01-10' from p, vo where vo.name = 'astro'`,
    [count, until],
  )
}

/** How many rows a query of the clock of astro finds, and whether it reads few members and rows of who sponsors whom for it. */
async function ask(query: string, ...days: readonly string[]): Promise<object> {
  return inTransaction(database.pool, async (tx) => {
    const { rows: vos } = await tx.query<{ id: number }>(`select id from vo where name = 'astro'`)
    const { rowCount } = await tx.query(query, [...vos.map(({ id }) => id), ...days])
    const { rows } = await tx.query<{ read: number }>(
      `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer as read
       from pg_stat_xact_user_tables where relname in ('membership', 'member')`,
    )
    return { found: rowCount, isCheap: rows.every(({ read }) => read < 100) }
  })
}

describe('notices to guests and their sponsors', () => {
  it('are looked for among guests near the day, however many others there are', async () => {
    await withGuests(3, '2026-06-01')
    await withGuests(5000, '2027-06-01')
    await database.pool.query('analyze')

    expect(await ask(noticesDue, '2026-05-25')).toEqual({ found: 6, isCheap: true })
    expect(await ask(firstNotice)).toEqual({ found: 1, isCheap: true })
  })
})
