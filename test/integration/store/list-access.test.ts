import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { ListedMember } from '../../../core/model/answers.ts'
import { explain, listAccess } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld } from './world.ts'

let database: TestDatabase

const people = ['idp/ada', 'idp/grace', 'idp/linus', 'idp/root'] as const
const askedAt = new Date('2026-12-31T12:00:00Z')

/** The small world, whose resource also has a group of another VO, and perhaps all members of its own. */
async function world(isForAll: boolean): Promise<TestDatabase> {
  const made = await createTestDatabase()
  const groups = ['telescope', 'bio/guests', ...(isForAll ? ['members'] : [])]
  const spec = { facility: 'hpc', services: ['passwd'], groups }
  await apply(made.pool, [
    ...smallWorld().filter(({ kind }) => kind !== 'Resource'),
    add(document('VO', 'bio', {})),
    add(document('Group', 'guests', {}, 'bio')),
    row('add', 'bio/guests', 'idp/ada'),
    row('add', 'bio/guests', 'idp/linus'),
    row('add', 'bio/guests', 'idp/root'),
    row('add', 'astro', 'idp/linus'),
  ])
  await apply(made.pool, [add(document('Resource', 'cluster', spec, 'astro'))])
  return made
}

/** What may be so of access, as SQL; $1 is a person. */
const happenings = [
  ...['VALID', 'INVALID', 'EXPIRED', 'DISABLED'].map(
    (status) => `update member set status = '${status}' where person_id = $1`,
  ),
  `update member set status = 'DISABLED' where person_id = $1 and vo_id = (select id from vo where name = 'bio')`,
  `update membership set status = 'EXPIRED' where person_id = $1`,
  `update membership set status = 'EXPIRED' where person_id = $1 and vo_id = (select id from vo where name = 'astro')`,
  `update membership set status = 'VALID' where person_id = $1`,
  ...['vo', 'resource', 'facility'].map(
    (place) => `insert into ban (person_id, ${place}_id, reason, actor, since)
      select $1, id, 'noise', 'local/test', '2026-01-01' from ${place} order by name limit 1 on conflict do nothing`,
  ),
  `insert into ban (person_id, vo_id, reason, actor, since)
   select $1, id, '', 'local/test', '2026-01-01' from vo where name = 'bio' on conflict do nothing`,
  `delete from ban where person_id = $1`,
  ...['null', `'{2}'`, `'{1,3}'`].map((loa) => `update resource set accepts = ${loa} where $1::integer is not null`),
  ...[`'{1}'`, `'{2}'`].map(
    (loa) => `update member set levels = ${loa}, levels_since = '2026-01-01' where person_id = $1`,
  ),
  `update member set levels = '{1,2}', levels_since = '2026-01-01' where person_id = $1 and vo_id = (select id from vo where name = 'bio')`,
  `update resource set within_offer = not within_offer where $1::integer is not null`,
  `update resource set over_since = case when over_since is null then '2026-01-01'::timestamptz end where $1::integer is not null`,
]

async function access(asOf?: Date): Promise<ReadonlyMap<string, ListedMember>> {
  const when = asOf === undefined ? { askedAt } : { askedAt, asOf }
  const { members } = await listAccess(database.pool, { vo: 'astro', resource: 'cluster', ...when })
  return new Map(members.map((member) => [member.user, member]))
}

/** What `why` says of everybody, in the form of the list. */
async function whys(asOf?: Date): Promise<object> {
  const when = asOf === undefined ? { askedAt } : { askedAt, asOf }
  const told: [string, object | undefined][] = []
  for (const identity of people) {
    const why = await explain(database.pool, { identity, vo: 'astro', resource: 'cluster', ...when })
    const banned = why.missing.some(({ code }) => code === 'banned')
    const { access: has, status, origins, chain } = why
    told.push([identity, chain.length === 0 ? undefined : { access: has, status, origins, banned }])
  }
  return Object.fromEntries(told)
}

async function listed(asOf?: Date): Promise<object> {
  const found = await access(asOf)
  return Object.fromEntries(
    people.map((identity) => {
      const member = found.get(identity)
      if (member === undefined) return [identity, undefined]
      const { access: has, status, origins, banned = false } = member
      return [identity, { access: has, status, origins, banned }]
    }),
  )
}

beforeEach(async () => {
  database = await world(false)
})

afterEach(async () => database.drop())

describe('who has access to a resource', () => {
  it('is listed with the groups that lead there, and the rows in them', async () => {
    const through = (group: string, place: string) => ({ group, row: place, origin: 'config' })

    expect([...(await access()).values()].map(({ user, access: has, through: by }) => [user, has, by])).toEqual([
      ['idp/ada', true, [through('astro/telescope', 'astro/telescope'), through('bio/guests', 'bio/guests')]],
      ['idp/grace', true, [through('astro/telescope', 'astro/telescope:operators')]],
      ['idp/linus', true, [through('bio/guests', 'bio/guests')]],
      ['idp/root', true, [through('bio/guests', 'bio/guests')]],
    ])
    await expect(listAccess(database.pool, { vo: 'astro', resource: 'clustr', askedAt })).rejects.toThrow(
      'Cannot explain access to resource "astro/clustr": it is not in force; did you mean "cluster"?',
    )
  })

  it('is of each what `why` says, now and then', async () => {
    const step = fc.tuple(fc.constantFrom(...happenings), fc.constantFrom(...people))
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 4, maxLength: 12 }), async (isForAll, steps) => {
        const outer = database
        database = await world(isForAll)
        try {
          for (const [sql, identity] of steps) {
            await database.pool.query(
              sql.replaceAll('$1', `(select person_id from identity where ref = '${identity}')`),
            )
            expect(await listed()).toEqual(await whys())
            expect(await listed(askedAt)).toEqual(await whys(askedAt))
          }
        } finally {
          await database.drop()
          database = outer
        }
      }),
      { numRuns: 15 },
    )
  })
})
