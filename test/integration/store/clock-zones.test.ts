import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { minus, plus } from '../../../core/lifecycle/calendar.ts'
import { dayOf } from '../../../core/lifecycle/zones.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => database.drop())

/** Clocks move at night, at midnight, by half an hour, and over a whole day that Samoa never had. */
const zones = [
  ...['Europe/Prague', 'America/Havana', 'America/Sao_Paulo', 'Asia/Beirut', 'Australia/Lord_Howe'],
  ...['Pacific/Apia', 'America/St_Johns', 'Africa/Cairo', 'UTC'],
]

/** Days on which, or next to which, clocks of one of the zones were moved. */
const hardDays = [
  ...['2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2018-11-04', '2018-02-18', '2017-10-15', '2026-04-05'],
  ...['2022-03-27', '2022-10-30', '2026-10-04', '2011-12-30', '2011-12-31', '2010-11-07', '2014-05-16', '2024-02-29'],
]

const millisecondsPerDay = 86_400_000
const at = (moment: string): number => new Date(moment).getTime()
const anyMoment = fc.oneof(
  fc.integer({ min: at('2005-01-01T00:00:00Z'), max: at('2026-11-01T00:00:00Z') }),
  fc
    .tuple(fc.constantFrom(...hardDays), fc.integer({ min: -millisecondsPerDay, max: 2 * millisecondsPerDay }))
    .map(([day, away]) => at(`${day}T00:00:00Z`) + away),
)
const cases = fc.sample(fc.tuple(anyMoment, fc.constantFrom(...zones)), { numRuns: 10_000, seed: 42 })

describe('days and time zones in SQL and in TypeScript', () => {
  it('agree on the day of 10,000 moments', async () => {
    const { rows } = await database.pool.query<{ day: string }>(
      `select day_of(c.moment, c.zone)::text as day
       from unnest($1::timestamptz[], $2::text[]) with ordinality as c(moment, zone, place) order by c.place`,
      [cases.map(([moment]) => new Date(moment)), cases.map(([, zone]) => zone)],
    )

    expect(rows.map(({ day }) => day)).toEqual(cases.map(([moment, zone]) => dayOf(new Date(moment), zone)))
  })

  it('agree on the day so many months and days after and before 10,000 days, the 31st and 29 February among them', async () => {
    const anyLength = fc.record({ months: fc.integer({ min: 0, max: 40 }), days: fc.integer({ min: 0, max: 400 }) })
    const monthEnds = fc.constantFrom(
      '2026-01-31',
      '2026-03-31',
      '2026-08-31',
      '2024-02-29',
      '2023-02-28',
      '2026-12-31',
    )
    const anyDay = fc.oneof(monthEnds, fc.constantFrom(...cases.map(([moment, zone]) => dayOf(new Date(moment), zone))))
    const steps = fc.sample(fc.tuple(anyDay, anyLength), { numRuns: 10_000, seed: 43 })

    const { rows } = await database.pool.query<{ after: string; before: string }>(
      `select (c.day + c.length)::date::text as after, (c.day - c.length)::date::text as before
       from unnest($1::date[], $2::interval[]) with ordinality as c(day, length, place) order by c.place`,
      [steps.map(([day]) => day), steps.map(([, { months, days }]) => `P${months}M${days}D`)],
    )

    expect(rows).toEqual(steps.map(([day, length]) => ({ after: plus(day, length), before: minus(day, length) })))
  })

  it('agree that a day starts at the first moment of it, or of what follows where there was no such day', async () => {
    const days = cases.map(([moment]) => new Date(moment).toISOString().slice(0, 10))
    const { rows } = await database.pool.query<{ starts: Date }>(
      `select start_of(c.day, c.zone) as starts
       from unnest($1::date[], $2::text[]) with ordinality as c(day, zone, place) order by c.place`,
      [days, cases.map(([, zone]) => zone)],
    )

    const wrong = rows.flatMap(({ starts }, place) => {
      const [day = '', zone = ''] = [days[place], cases[place]?.[1]]
      const isReached = dayOf(starts, zone) >= day
      const isFirst = dayOf(new Date(starts.getTime() - 1), zone) < day
      return isReached && isFirst ? [] : [`${zone} ${day} ${starts.toISOString()}`]
    })
    expect(rows).toHaveLength(10_000)
    expect([...new Set(wrong)]).toEqual([])
  })

  it.each([
    ['America/Havana', '2026-03-08', '2026-03-08T05:00:00.000Z'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z'],
    ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00.000Z'],
  ])('%s: %s starts at %s', async (zone, day, starts) => {
    const { rows } = await database.pool.query<{ starts: Date }>('select start_of($1, $2) as starts', [day, zone])

    expect(rows.map((row) => row.starts.toISOString())).toEqual([starts])
  })
})
