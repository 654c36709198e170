import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { verifyAudit } from '../../../store/index.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document } from '../store/world.ts'

jest.setTimeout(900_000)

const people = Number(process.env['GUILDHALL_TEST_PEOPLE'] ?? 5_000)
const days = 40
const now = Date.parse('2026-08-10T12:00:00Z')
const script = fileURLToPath(new URL('outage-run.ts', import.meta.url))

/** Where a process is killed, counted from 1, and how long it may live otherwise. */
const deaths = [
  ...[
    'clock.before-commit:2',
    'clock.after-commit:9',
    'clock.before-commit:15',
    'after:2000',
    'after:2500',
    'after:3000',
  ],
  ...['mail.before-ending', 'mail.ending', 'mail.before-noting'].flatMap((point) =>
    [1, 7, 90, 333].map((count) => `${point}:${count}`),
  ),
  ...['after:4000', 'after:5000'],
]

let database: TestDatabase
let smtp: TestSmtp

beforeAll(async () => {
  database = await createTestDatabase()
  smtp = await startSmtp()
})

afterAll(async () => {
  await smtp.close()
  await database.drop()
})

/** People whose memberships end on forty days that nobody was there for; the clock stood before the first of them. */
async function wave(): Promise<void> {
  const { pool } = database
  await apply(pool, [
    add(document('Instance', 'example', { timeZone: 'Europe/Prague', authority: 'guildhall.example.org' })),
    add(document('Source', 'idp', { type: 'declared' })),
    add(
      document('VO', 'astro', {
        expiration: { extendBy: 'P1Y', disableAfter: 'P5D' },
        notices: { before: ['P28D', 'P14D', 'P7D', 'P1D'], after: ['P7D'] },
      }),
    ),
  ])
  const before = new Date('2026-05-01T10:00:00Z')
  await pool.query(
    `with made as (
       insert into person (identities, created_at) select array['idp/p' || n], $2 from generate_series(1, $1) n returning id, identities[1] as ref
     ), named as (
       insert into identity (ref, person_id, created_at) select ref, id, $2 from made
     ), mails as (
       insert into attribute_value (attribute, subject, value, origin)
       select 'user.email', id, to_jsonb(substr(ref, 5) || '@example.org'), 'config' from made
     ), dated as (
       select id, date '2026-07-01' + (id % $3)::integer as expires from made
     ), rows as (
       insert into membership (vo_id, person_id, origin, expires, since, actor)
       select vo.id, dated.id, 'manager', dated.expires, $2, 'test' from dated, vo
     ), clocks as (
       insert into clock (vo_id, reached) select id, timestamptz '2026-07-01 00:00:00+02' from vo
     )
     insert into member (vo_id, person_id, status, since, expires, date_since)
     select vo.id, dated.id, 'VALID', $2, dated.expires, $2 from dated, vo`,
    [people, before, days],
  )
  // As autovacuum does within a minute.
  await pool.query('analyze')
}

async function runOnce(death = ''): Promise<string | number | null> {
  const [point = '', count = '0'] = death.split(':')
  const env = { ...process.env, NODE_OPTIONS: '' }
  const args = ['--import', 'tsx', script, database.url, smtp.url, String(now), point, count]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const timer = point === 'after' ? setTimeout(() => child.kill('SIGKILL'), Number(count)) : undefined
  await once(child, 'exit')
  clearTimeout(timer)
  return child.signalCode ?? child.exitCode
}

describe('after forty days without a clock', () => {
  it('everything happens in the order of days and each is told once, however often it is killed in between', async () => {
    await wave()

    const ends: unknown[] = []
    for (const death of deaths) ends.push(await runOnce(death))
    expect(ends).toEqual(Array.from({ length: 20 }, () => 'SIGKILL'))
    expect(await runOnce()).toBe(0)

    const { pool } = database
    const { rows: statuses } = await pool.query(
      `select mb.status, count(*)::integer as people,
         bool_and(p.ended = start_of(mb.expires, 'Europe/Prague')) as "endedOnTime",
         bool_and(mb.status <> 'DISABLED' or mb.since = start_of(mb.expires + 5, 'Europe/Prague')) as "disabledOnTime"
       from member mb join member_past p on (p.vo_id, p.person_id, p.status) = (mb.vo_id, mb.person_id, 'VALID')
       group by 1 order by 1`,
    )
    const onTime = { endedOnTime: true, disabledOnTime: true }
    // Of the last four days nobody has been EXPIRED for five yet.
    expect(statuses).toEqual([
      { status: 'EXPIRED', people: (people / days) * 4, ...onTime },
      { status: 'DISABLED', people: (people / days) * (days - 4), ...onTime },
    ])
    const { rows: disorder } = await pool.query(
      `select * from (
         select (d.personal->>'expires')::date as day, lag((d.personal->>'expires')::date) over (order by e.id) as former
         from event e join event_detail d on d.event_id = e.id where e.action = 'expire'
       ) x where day < former`,
    )
    expect(disorder).toEqual([])
    expect(await verifyAudit(pool)).toMatchObject({ valid: true })

    const { rows: mails } = await pool.query<{ message_id: string; person_id: number; state: string }>(
      'select message_id, person_id, state from mail',
    )
    const arrived = new Set(smtp.taken.map(({ messageId }) => messageId))
    expect({ mails: mails.length, people: new Set(mails.map(({ person_id }) => person_id)).size }).toEqual({
      ...{ mails: people, people },
    })
    expect({ taken: smtp.taken.length }).toEqual({ taken: arrived.size })
    const missing = mails.filter(({ message_id }) => !arrived.has(message_id))
    expect(missing.filter(({ state }) => state !== 'unknown')).toEqual([])
    const unknown = mails.filter(({ state }) => state === 'unknown')
    expect(unknown.length).toBeLessThanOrEqual(deaths.length)
    expect(mails.filter(({ state }) => state !== 'sent' && state !== 'unknown')).toEqual([])
  })
})
