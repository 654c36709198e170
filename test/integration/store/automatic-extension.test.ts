import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { decideAct } from '../../../core/lifecycle/acts/decide.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { findSet, readStandings } from '../../../store/changes/memberships/read-standing.ts'
import { actOnMembers, changeIdentities, changeSponsors, inTransaction, runClock } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row } from './world.ts'

jest.setTimeout(120_000)

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const [joined, seenLate, seenLong, end, past] = ['2026-02-01', '2026-05-01', '2026-02-02', '2026-06-01', '2026-06-02']
const cause = { actor: 'local/test' }

const rules = fc.record({
  term: fc.constantFrom({ extendBy: 'P1Y' }, { extendBy: 'P1Y' }, { extendUntil: '06-01' }, {}),
  byLoa: fc.constantFrom(
    undefined,
    undefined,
    [{ loa: 1, renewable: false }],
    [{ loa: 2, extendBy: 'P3M', renewable: true }],
  ),
  notRenewableLoas: fc.constantFrom(undefined, undefined, [0], [1, 2]),
  exemptServiceAccounts: fc.constantFrom(undefined, true),
  autoExtend: fc.constantFrom(
    { lastLoginWithin: 'P2M' },
    { lastLoginWithin: 'P2M' },
    { lastLoginWithin: 'P2M', sources: ['other'] },
    undefined,
  ),
  expires: fc.constantFrom(undefined, undefined, undefined, '2026-06-15', end, '2026-05-28'),
})
const people = fc.array(
  fc.record({
    held: fc.constantFrom(
      ...[['managed'], ['managed'], ['managed'], ['managed', 'managed-group'], ['managed', 'guest'], ['guest']],
      ...[['managed', 'git-group'], ['git'], ['git', 'managed']],
    ),
    loa: fc.constantFrom(undefined, 0, 1, 2),
    seen: fc.constantFrom(seenLate, seenLate, seenLong),
    isAccount: fc.constantFrom(false, false, false, true),
  }),
  { minLength: 12, maxLength: 12 },
)
const vos = fc.sample(fc.record({ rules, people }), { numRuns: 14, seed: 4 })

type Person = (typeof vos)[number]['people'][number]

function vo(index: number): string {
  return `vo${index}`
}

function identity(index: number, place: number): IdentityRef {
  return `${place % 2 === 0 ? 'idp' : 'other'}/p${index}-${place}`
}

describe('who is seen not long before a membership ends', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await apply(database.pool, [
      add(document('Instance', 'example', { timeZone: 'Europe/Prague' })),
      add(document('Source', 'idp', { type: 'declared' })),
      // Seen in spring, this counts no more at the end.
      add(document('Source', 'other', { type: 'declared', loa: 0, validFor: 'P20D' })),
      add(document('User', 'host', { identities: ['idp/host'] })),
      ...vos.flatMap((one, index) => one.people.flatMap((person, place) => account(person, identity(index, place)))),
      ...vos.flatMap((one, index) => declared(one, index)),
    ])
    for (const [index, one] of vos.entries()) await live(one, index)
  })
  afterAll(async () => database.drop())

  function account({ isAccount }: Person, name: IdentityRef) {
    const serviceAccount = { owners: ['idp/host'], purpose: 'Nightly runs' }
    return isAccount ? [add(document('User', name.replace('/', '-'), { identities: [name], serviceAccount }))] : []
  }

  function declared({ rules: given, people: members }: (typeof vos)[number], index: number) {
    const { term, expires, ...expiration } = given
    const spec = { expires, expiration: { ...term, ...expiration }, sponsors: [{ user: 'idp/host' }] }
    const rows = members.flatMap(({ held }, place) => {
      const dated = (where: string) => ({
        ...row('add', where, identity(index, place)),
        expires: { before: null, after: end },
      })
      return [
        ...(held.includes('git') ? [dated(vo(index))] : []),
        ...(held.includes('git-group') ? [dated(`${vo(index)}/board`)] : []),
      ]
    })
    return [
      add(document('VO', vo(index), { ...spec, notices: { before: ['P7D'] } })),
      ...['board', 'crew'].map((name) => add(document('Group', name, {}, vo(index)))),
      ...rows,
    ]
  }

  async function live({ people: members }: (typeof vos)[number], index: number): Promise<void> {
    const by = { vo: vo(index), reason: '', cause, now: noon(joined) }
    for (const [place, { held, loa, seen }] of members.entries()) {
      const user = identity(index, place)
      const requests = [{ user, expires: end }]
      await inTransaction(database.pool, async (tx) => {
        if (held.includes('guest'))
          await changeSponsors(tx, {
            ...by,
            ...{ act: 'add', requests: [{ user, sponsor: 'idp/host', until: end }] },
          })
        if (held.includes('managed')) await actOnMembers(tx, { ...by, act: 'add', requests })
        if (held.includes('managed-group')) await actOnMembers(tx, { ...by, act: 'add', group: 'crew', requests })
        const sighting = { identity: user, ...(loa === undefined ? {} : { loa }) }
        await changeIdentities(tx, { act: 'seen', requests: [sighting], reason: '', cause, now: noon(seen) })
      })
    }
  }

  async function run(index: number, day: string): Promise<void> {
    for (;;) {
      const input = { vo: vo(index), now: noon(day), atMost: 100 }
      const step = await inTransaction(database.pool, (tx) => runClock(tx, input))
      if (!step.more) return
    }
  }

  /** Whose end it is by the database: with the VO by its date, or who has none. */
  async function ending(index: number): Promise<IdentityRef[]> {
    const { rows } = await database.pool.query<{ user: IdentityRef }>(
      `select p.identities[1] as "user" from member mb join vo on vo.id = mb.vo_id join person p on p.id = mb.person_id
       where vo.name = $1 and mb.expires = $2 order by 1`,
      [vo(index), end],
    )
    return rows.map(({ user }) => user)
  }

  function wasSeen(index: number, user: IdentityRef): boolean {
    const one = vos[index]
    const autoExtend = one?.rules.autoExtend
    if (autoExtend === undefined || one?.people[Number(user.split('-')[1])]?.seen !== seenLate) return false
    return !('sources' in autoExtend) || user.startsWith('other/')
  }

  /** Whom core lets have another date on the day of the end, of those whom the rules of the VO would ask it for. */
  async function renewable(index: number, users: readonly IdentityRef[]): Promise<IdentityRef[]> {
    if (vos[index]?.rules.expires === end) return []
    const seen = users.filter((user) => wasSeen(index, user))
    return inTransaction(database.pool, async (tx) => {
      const set = await findSet(tx, { vo: vo(index), group: undefined, now: noon(end) })
      const standings = await readStandings(tx, set, seen)
      return seen.filter((user) => {
        const standing = standings.get(user)?.standing
        if (standing === undefined) return false
        const verdict = decideAct({ set, standing, request: { act: 'extend', today: end } })
        return verdict.allowed && (verdict.write?.expires ?? end) > end
      })
    })
  }

  async function found(query: string, index: number): Promise<IdentityRef[]> {
    const { rows } = await database.pool.query<{ user: IdentityRef }>(query, [vo(index)])
    return rows.map(({ user }) => user)
  }

  const extended = `select p.identities[1] as "user" from member mb join vo on vo.id = mb.vo_id
    join person p on p.id = mb.person_id where vo.name = $1 and mb.expires > '${end}' and mb.status = 'VALID' order by 1`
  const told = `select p.identities[1] as "user" from notice n join vo on vo.id = n.vo_id
    join person p on p.id = n.person_id
    where vo.name = $1 and n.kind = 'before-P7D' and n.group_id is null and n.guest_id is null order by 1`

  it('is extended, or was told that it ends: by what core says of an extension, for 168 random members of 14 VOs', async () => {
    const outcomes: object[] = []
    const foreseen: object[] = []
    for (const index of vos.keys()) {
      const users = await ending(index)
      await run(index, '2026-05-31')
      const renewed = await renewable(index, users)
      await run(index, past)
      foreseen.push({ index, extended: renewed, told: users.filter((user) => !renewed.includes(user)) })
      outcomes.push({ index, extended: await found(extended, index), told: await found(told, index) })
    }

    expect(outcomes).toEqual(foreseen)
    expect(outcomes.flatMap((one) => ('extended' in one ? one.extended : [])).length).toBeGreaterThan(10)
  })
})
