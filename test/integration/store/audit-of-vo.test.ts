import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction, listEvents } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, remove, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld().slice(0, 2), { asOf: day(1) })
})

afterEach(async () => database.drop())

function day(number: number): Date {
  return new Date(Date.UTC(2026, 0, number, 12))
}

const commitOn = (number: number, ...changes: Parameters<typeof apply>[1]) =>
  apply(database.pool, changes, { asOf: day(number) })

async function renameOn(number: number, from: string, to: string): Promise<void> {
  await commitOn(number, change(await stored(database.pool, 'VO', from), document('VO', to)))
}

async function removeOn(number: number, name: string): Promise<void> {
  await commitOn(number, remove(await stored(database.pool, 'VO', name)))
}

async function joinOn(number: number, vo: string): Promise<void> {
  const requests = [{ user: `idp/p${number}` }]
  const input = { act: 'add', vo, requests, reason: '', cause: { actor: 'local/test' }, now: day(number) } as const
  await inTransaction(database.pool, (tx) => actOnMembers(tx, input))
}

/** What is recorded of a VO but statuses, the first first. */
async function recordedOf(vo: string, limit = 100): Promise<string[]> {
  const events = await listEvents(database.pool, { vo, limit })
  return events
    .filter(({ kind }) => kind !== 'Membership')
    .reverse()
    .map(({ at, action, kind, vo: its, name }) => `${at.getUTCDate()} ${action} ${kind} ${its ?? name}`)
}

describe('what is recorded of a VO', () => {
  it('is found by its name of now and by a former one that nobody else has, whatever it was called then', async () => {
    await commitOn(2, add(document('VO', 'astro')))
    await joinOn(3, 'astro')
    await renameOn(4, 'astro', 'stars')
    await joinOn(5, 'stars')

    const all = ['2 add VO astro', '3 add Member astro', '4 move VO stars', '5 add Member stars']
    expect(await recordedOf('stars')).toEqual(all)
    expect(await recordedOf('astro')).toEqual(all)
    expect(await recordedOf('stars', 2)).toEqual(all.slice(3))
  })

  it('is not that of another one which had its name before, or has its former name', async () => {
    await commitOn(2, add(document('VO', 'astro')))
    await joinOn(3, 'astro')
    await renameOn(4, 'astro', 'stars')
    await commitOn(5, add(document('VO', 'astro')))
    await joinOn(6, 'astro')
    await renameOn(7, 'stars', 'sky')
    await renameOn(8, 'astro', 'stars')
    await joinOn(9, 'stars')

    expect(await recordedOf('sky')).toEqual([
      ...['2 add VO astro', '3 add Member astro', '4 move VO stars', '7 move VO sky'],
    ])
    const ofTheOther = ['5 add VO astro', '6 add Member astro', '8 move VO stars', '9 add Member stars']
    expect(await recordedOf('stars')).toEqual(ofTheOther)
    expect(await recordedOf('astro')).toEqual(ofTheOther)
  })

  it('is still found when it is gone, also beside what is recorded of one that has its name', async () => {
    await commitOn(2, add(document('VO', 'astro')))
    await renameOn(3, 'astro', 'stars')
    await removeOn(4, 'stars')
    expect(await recordedOf('stars')).toEqual(['2 add VO astro', '3 move VO stars', '4 remove VO stars'])

    await commitOn(5, add(document('VO', 'stars')))
    expect(await recordedOf('stars')).toEqual([...['3 move VO stars', '4 remove VO stars'], '5 add VO stars'])
    expect(await recordedOf('astro')).toEqual(['2 add VO astro', '3 move VO stars', '4 remove VO stars'])
  })

  it('ends with its removal, also where another one takes its name by the same commit', async () => {
    await commitOn(2, add(document('VO', 'astro')), add(document('VO', 'bio')))
    await renameOn(3, 'astro', 'stars')
    const bio = await stored(database.pool, 'VO', 'bio')
    await commitOn(4, remove(await stored(database.pool, 'VO', 'stars')), change(bio, document('VO', 'stars')))
    await joinOn(5, 'stars')

    expect(await recordedOf('astro')).toEqual(['2 add VO astro', '3 move VO stars', '4 remove VO stars'])
    expect(await recordedOf('bio')).toEqual(['2 add VO bio', '4 move VO stars', '5 add Member stars'])
  })

  it('is found without reading what is recorded of others, or more of its own than asked for', async () => {
    await commitOn(2, add(document('VO', 'astro')), add(document('VO', 'bio')))
    await database.pool.query(
      `with made as (
         insert into event (batch, at, actor, action, kind, vo, name, detail_hash, hash)
         select nextval('event_batch'), $1, 'clock', 'expire', 'Member', case when n % 1000 = 0 then 'astro' else 'bio' end, 'x', '', ''
         from generate_series(1, 50000) n returning vo, batch
       )
       insert into event_vo (vo, batch) select vo, batch from made`,
      [day(3)],
    )
    await database.pool.query('analyze event, event_vo')

    const read = await inTransaction(database.pool, async (tx) => {
      const events = await listEvents(tx, { vo: 'astro', limit: 20 })
      const { rows } = await tx.query<{ read: number }>(
        `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer as read
         from pg_stat_xact_user_tables where relname in ('event', 'event_vo')`,
      )
      return { events: events.length, isCheap: rows.every((row) => row.read < 100) }
    })

    expect(read).toEqual({ events: 20, isCheap: true })
  })
})
