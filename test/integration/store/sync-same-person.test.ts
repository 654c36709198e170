import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { SyncSubject } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { noon, prepare, syncIn } from './sync-world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
  await database.pool.query(`update instance set spec = jsonb_set(spec, '{guard}', $1)`, [
    { remove: '100%', people: 1_000 },
  ])
})

afterEach(async () => database.drop())

const today = '2026-02-01'
const dates = [undefined, '2026-01-15', '2026-03-01', '2026-04-01'] as const
type Said = readonly [expires: string | undefined, isOver: boolean]

/** Every date that a row may have, with every two things that a source may say of its person. */
const cases = dates.slice(0, 3).flatMap((had) => {
  const said = dates.flatMap((expires): Said[] => [
    [expires, false],
    [expires, true],
  ])
  return said.flatMap((one) => said.map((other) => ({ had, said: [one, other] })))
})

const subject = (identity: string, [expires, isOver]: Said): SyncSubject => ({
  ...{ identity, isOver },
  ...(expires === undefined ? {} : { expires }),
})

/** Over only where all say so; without a date where one gives none; else the last date counts. */
function expectedOf({ had, said }: (typeof cases)[number]): string {
  const given = said.map(([expires]) => expires)
  const last = given.includes(undefined)
    ? undefined
    : given
        .flatMap((one) => one ?? [])
        .sort()
        .at(-1)
  const ended = last !== undefined && last < today ? last : today
  const expires = said.every(([, isOver]) => isOver) ? ended : last
  const status = expires !== had && expires !== undefined && expires <= today ? 'EXPIRED' : 'VALID'
  return `${status} ${expires ?? 'for ever'}`
}

describe.each([
  ['each alone', []],
  ['beside somebody with identities elsewhere', [{ identity: 'hr/other', others: [{ identity: 'idp/ada' }] }]],
])('what a source says of one person by two identities, %s', (_, beside) => {
  it('counts together, whatever part of it their row says already', async () => {
    const { pool } = database
    const names = cases.map((_one, index) => [`hr/${index}-a`, `hr/${index}-b`] as const)
    await syncIn(
      pool,
      cases.map(({ had }, index) => ({
        ...subject(names[index]?.[0] ?? '', [had, false]),
        others: [{ identity: names[index]?.[1] ?? '' }],
      })),
      { now: noon('2026-01-01') },
    )

    const { outcome } = await syncIn(pool, [
      ...cases.flatMap(({ said }, index) => said.map((one, which) => subject(names[index]?.[which] ?? '', one))),
      ...beside,
    ])

    const { rows } = await pool.query<{ user: string; is: string }>(
      `select p.identities[1] as user, m.status || ' ' || coalesce(m.expires::text, 'for ever') as is
       from membership m join person p on p.id = m.person_id where m.origin = 'sync' and p.identities[1] ~ '^hr/[0-9]'`,
    )
    expect(outcome).toBe('changed')
    expect(Object.fromEntries(rows.map(({ user, is }) => [user, is]))).toEqual(
      Object.fromEntries(cases.map((one, index) => [names[index]?.[0], expectedOf(one)])),
    )
  })
})
