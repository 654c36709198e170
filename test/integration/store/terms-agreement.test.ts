import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { acceptBy } from '../../../core/lifecycle/terms.ts'
import { dayOf } from '../../../core/lifecycle/zones.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => database.drop())

const moment = fc.date({ min: new Date('2023-12-01Z'), max: new Date('2027-04-01Z'), noInvalidDate: true })
const version = fc.constantFrom('1', '2', '3')

const cases = fc.record({
  zone: fc.constantFrom('UTC', 'Europe/Prague', 'America/Havana', 'Pacific/Apia', 'Asia/Kathmandu'),
  terms: fc.record(
    { resignEvery: fc.constantFrom('P1M', 'P1Y', 'P90D'), grace: fc.constantFrom('P0D', 'P30D', 'P1M', 'P1Y2M3D') },
    { requiredKeys: [] },
  ),
  // One after the other, the same one not twice running.
  versions: fc
    .array(fc.record({ version, at: moment }), { maxLength: 4 })
    .map((list) => list.toSorted((a, b) => a.at.getTime() - b.at.getTime()))
    .map((list) => list.filter((one, index) => one.version !== list[index - 1]?.version)),
  accepted: fc.uniqueArray(fc.record({ version, at: moment }), { maxLength: 3, selector: (one) => one.version }),
  joined: moment,
})

describe('PostgreSQL and core', () => {
  it('agree by when terms have to be accepted', async () => {
    const chosen = fc.sample(cases, { numRuns: 3_000, seed: 20261126 })
    const { pool } = database
    await pool.query(
      `insert into vo (name, spec, file, line, column_no)
       select 'vo' || n, jsonb_build_object('terms', x->'terms'), '', 1, 1 from jsonb_array_elements($1::jsonb) with ordinality as a(x, n)`,
      [JSON.stringify(chosen)],
    )
    await pool.query("insert into person (created_at) values ('2020-01-01')")
    await pool.query(
      `insert into terms_version (vo_id, version, sha256, text, since)
       select vo.id, v->>'version', '', '', (v->>'at')::timestamptz
       from jsonb_array_elements($1::jsonb) with ordinality as a(x, n) join vo on vo.name = 'vo' || n
       cross join lateral jsonb_array_elements(x->'versions') with ordinality as b(v, place) order by n, place`,
      [JSON.stringify(chosen)],
    )
    await pool.query(
      `insert into terms_acceptance (vo_id, person_id, version, sha256, at, how, actor)
       select vo.id, p.id, v->>'version', '', (v->>'at')::timestamptz, 'self', ''
       from jsonb_array_elements($1::jsonb) with ordinality as a(x, n) join vo on vo.name = 'vo' || n cross join person p
       cross join lateral jsonb_array_elements(x->'accepted') as b(v)`,
      [JSON.stringify(chosen)],
    )

    const { rows } = await pool.query<{ by: string | null }>(
      `select accept_by(vo, p.id, (x->>'joined')::timestamptz, x->>'zone')::text as by
       from jsonb_array_elements($1::jsonb) with ordinality as a(x, n) join vo on vo.name = 'vo' || n cross join person p order by n`,
      [JSON.stringify(chosen)],
    )

    const foretold = chosen.map(({ zone, terms, versions, accepted, joined }) => {
      const standing = {
        versions: versions.map((one) => ({ version: one.version, day: dayOf(one.at, zone) })),
        accepted: new Map(accepted.map((one) => [one.version, dayOf(one.at, zone)])),
        joined: dayOf(joined, zone),
      }
      return { zone, terms, standing, by: acceptBy(terms, standing) ?? null }
    })
    expect(foretold.map((one, index) => ({ ...one, by: rows[index]?.by }))).toEqual(foretold)
  })
})
