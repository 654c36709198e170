import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import type { Forecast } from '../../../core/model/forecast.ts'
import {
  actOnMembers,
  addBans,
  changeIdentities,
  changeSponsors,
  endBan,
  foresee,
  inTransaction,
  leaveUntold,
  lockVos,
  rehearse,
  runClock,
  takeUntold,
  type Tx,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

jest.setTimeout(240_000)

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const dayMs = 24 * 60 * 60_000
const start = noon('2026-02-01')
const cause = { actor: 'local/test' }
const common = { cause, now: start, reason: 'test' }

const inDays = fc.integer({ min: 1, max: 70 })

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(async () => database.drop())

async function inTx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(database.pool, work)
}

/** The small world with a VO whose members lapse in every way. */
async function lapsingWorld(spec: object = {}): Promise<void> {
  await apply(database.pool, [
    ...smallWorld(),
    add(document('Group', 'guests', { expiration: { extendBy: 'P1Y', removeAfter: 'P4D' } }, 'astro')),
  ])
  const idp = await stored(database.pool, 'Source', 'idp')
  await apply(database.pool, [change(idp, document('Source', 'idp', { type: 'declared', loa: 2, validFor: 'P30D' }))])
  const rules = {
    timeZone: 'Europe/Prague',
    managers: [{ user: 'idp/ada' }, { group: 'guests' }],
    requires: { loa: [2] },
    expiration: {
      extendBy: 'P1Y',
      ...{ disableAfter: 'P5D', deleteAfter: 'P7D', autoExtend: { lastLoginWithin: 'P9D', sources: ['idp'] } },
    },
    notices: { before: ['P7D', 'P1D'], after: ['P3D'] },
  }
  const astro = await stored(database.pool, 'VO', 'astro')
  await apply(database.pool, [change(astro, document('VO', 'astro', { ...rules, ...spec }))])
}

const staff = "'bio/staff' in user.groups"

/** Besides, a VO whose groups rules of astro ask for, whose members sponsor guests there, and rules over levels. */
async function followingWorld(): Promise<void> {
  await lapsingWorld({ requires: {}, sponsors: [{ group: 'bio/staff' }] })
  const idp = await stored(database.pool, 'Source', 'idp')
  await apply(database.pool, [
    change(idp, document('Source', 'idp', { type: 'declared', loa: 1, validFor: 'P30D' })),
    add(document('VO', 'bio', { timeZone: 'Europe/London', expiration: { extendBy: 'P1Y', disableAfter: 'P3D' } })),
    add(document('Group', 'staff', {}, 'bio')),
    ...[document('VO', 'closed', { exclusive: true }), document('Group', 'x', { where: staff }, 'closed')].map(add),
    add(document('Group', 'friends', { where: staff }, 'astro')),
    add(document('Group', 'proven', { where: '2 in user.loas' }, 'astro')),
    add(document('Group', 'few', { where: "user.loas == [1] && 'bio/staff' in user.groups", maxMembers: 2 }, 'astro')),
  ])
}

interface StaffLife {
  readonly vo: number
  readonly group: number
  readonly seen: number | undefined
  readonly hasGuest: boolean
  readonly ban: number | undefined
}

const staffLife: fc.Arbitrary<StaffLife> = fc.record({
  vo: inDays,
  group: inDays,
  seen: fc.option(fc.integer({ min: 0, max: 28 }), { nil: undefined }),
  hasGuest: fc.boolean(),
  ban: fc.option(inDays, { nil: undefined, freq: 1 }),
})

async function liveAsStaff(lives: readonly StaffLife[]): Promise<void> {
  for (const [index, { vo, group, seen, hasGuest, ban }] of lives.entries()) {
    const user = `idp/s${index}`
    const own = [{ user, expires: dayAfter(vo) }]
    await inTx((tx) => actOnMembers(tx, { ...common, act: 'add', vo: 'bio', requests: own }))
    const requests = [{ user, expires: dayAfter(group) }]
    await inTx((tx) => actOnMembers(tx, { ...common, act: 'add', vo: 'bio', group: 'staff', requests }))
    if (seen !== undefined) {
      const at = new Date(start.getTime() - seen * dayMs)
      const sightings = [{ identity: user, loa: 2, at, user: undefined, attributes: undefined }]
      await inTx((tx) => changeIdentities(tx, { ...common, act: 'seen', requests: sightings }))
    }
    if (hasGuest) {
      const guests = [{ user: `idp/g${index}`, sponsor: user }]
      await inTx((tx) => changeSponsors(tx, { ...common, act: 'add', vo: 'astro', requests: guests }))
    }
    if (ban !== undefined) {
      const bans = [{ user, reason: 'pause', until: dayAfter(ban) }]
      await inTx((tx) => addBans(tx, { ...common, place: { kind: 'vo', vo: 'astro' }, requests: bans }))
    }
  }
}

interface Life {
  readonly vo: number
  readonly group: number | undefined
  readonly seen: number | undefined
  readonly ban: number | undefined
  readonly mail: boolean
}

const life: fc.Arbitrary<Life> = fc.record({
  vo: inDays,
  group: fc.option(inDays, { nil: undefined }),
  seen: fc.option(fc.integer({ min: 0, max: 28 }), { nil: undefined }),
  ban: fc.option(inDays, { nil: undefined }),
  mail: fc.boolean(),
})

function dayAfter(days: number): string {
  return new Date(start.getTime() + days * dayMs).toISOString().slice(0, 10)
}

async function live(lives: readonly Life[]): Promise<void> {
  for (const [index, { vo, group, seen, ban, mail }] of lives.entries()) {
    const user = `idp/p${String(index).padStart(2, '0')}`
    const request = { user, expires: dayAfter(vo) }
    await inTx((tx) => actOnMembers(tx, { ...common, act: 'add', vo: 'astro', requests: [request] }))
    if (group !== undefined) {
      const requests = [{ user, expires: dayAfter(group) }]
      await inTx((tx) => actOnMembers(tx, { ...common, act: 'add', vo: 'astro', group: 'guests', requests }))
    }
    if (seen !== undefined) {
      const at = new Date(start.getTime() - seen * dayMs)
      const requests = [{ identity: user, loa: 2, at, user: undefined, attributes: undefined }]
      await inTx((tx) => changeIdentities(tx, { ...common, act: 'seen', requests }))
    }
    if (ban !== undefined) {
      const requests = [{ user, reason: 'pause', until: dayAfter(ban) }]
      await inTx((tx) => addBans(tx, { ...common, place: { kind: 'vo', vo: 'astro' }, requests }))
    }
    if (mail) {
      await database.pool.query(
        `insert into attribute_value (attribute, subject, value, origin)
         select 'user.email', person_id, '"p@example.org"'::jsonb, 'config' from identity where ref = $1`,
        [user],
      )
    }
  }
}

const foreseeUntil = (until: Date): Promise<Forecast> =>
  rehearse(database.pool, (tx) => foresee(tx, { from: start, until }))

/** Lets the real clock run day by day, as its workflow does, and bans end; the mails of each day. */
async function liveOn(days: number): Promise<object[]> {
  const mail: object[] = []
  for (let day = 0; day <= days; day += 1) {
    const now = new Date(start.getTime() + day * dayMs)
    for (let isAny = true; isAny;) {
      isAny = false
      for (const vo of ['astro', 'bio'])
        while ((await inTx((tx) => runClock(tx, { vo, now, atMost: 3 }))).more) isAny = true
    }
    const untold = await inTx(async (tx) => {
      const list = await takeUntold(tx, { vo: 'astro', now, atMost: 1_000 })
      await leaveUntold(
        tx,
        list.flatMap(({ notices }) => notices.map(({ id }) => id)),
      )
      return list
    })
    const mails = untold.filter(({ email }) => email !== null).length
    if (untold.length > 0) mail.push({ day: dayAfter(day), vo: 'astro', mails, unreachable: untold.length - mails })
    const { rows } = await database.pool.query<{ id: number }>('select id from ban where ends_at <= $1', [now])
    for (const { id } of rows) await inTx((tx) => endBan(tx, { id, now }))
  }
  return mail
}

/** What became of people, read off the tables and their history, not off what the clock tells. */
async function whatHappened(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `with status as (
       select vo_id, person_id, status, since as began from member
       union all select vo_id, person_id, status, began from member_past
     ), row as (
       select group_id, person_id, status, coalesce(status_since, since) as began, origin from membership where group_id is not null
       union all select group_id, person_id, status, began, origin from membership_past where group_id is not null
     ), line as (
       select vo_id, began as at, person_id, status::text as what, null as name from status where began > $1
       union all
       select p.vo_id, p.ended, p.person_id, 'deleted', null from member_past p
       where p.ended > $1 and not exists (select from status s where (s.vo_id, s.person_id) = (p.vo_id, p.person_id) and s.began = p.ended)
       union all
       select g.vo_id, r.began, r.person_id, 'EXPIRED', g.name from row r join groups g on g.id = r.group_id
       where r.began > $1 and r.status = 'EXPIRED'
       union all
       select g.vo_id, p.ended, p.person_id, 'removed', g.name from membership_past p join groups g on g.id = p.group_id
       where p.status = 'EXPIRED' and p.ended > $1
         and not exists (select from member_past o where (o.vo_id, o.person_id) = (g.vo_id, p.person_id) and o.ended = p.ended and o.status = 'DISABLED')
       union all
       select g.vo_id, r.began, r.person_id, 'add', g.name from row r join groups g on g.id = r.group_id
       where r.began > $1 and r.origin = 'rule'
       union all
       select g.vo_id, p.ended, p.person_id, 'removed', g.name from membership_past p join groups g on g.id = p.group_id
       where p.origin = 'rule' and p.ended > $1
       union all
       select vo_id, due_at, person_id, 'notice', kind from notice
       union all
       select vo_id, ended, person_id, 'unban', 'astro' from ban_past
     )
     select concat_ws(' ', day_of(line.at, zone_of(line.vo_id))::text, vo.name, p.identities[1], line.what, line.name) as line
     from line join person p on p.id = line.person_id join vo on vo.id = line.vo_id`,
    [start],
  )
  return rows.map(({ line }) => line).sort()
}

function linesOf({ changes }: Forecast): string[] {
  return changes
    .filter(({ what }) => !['extended', 'countdown', 'restore'].includes(what))
    .map(({ day, vo, user, what, name }) => [day, vo, user, what, name].filter((part) => part !== undefined).join(' '))
    .sort()
}

describe('a forecast', () => {
  it('is what the clock then does, over 60 random days', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 3, maxLength: 9 }), async (lives) => {
        await database.drop()
        database = await createTestDatabase()
        await lapsingWorld()
        await live(lives)

        const forecast = await foreseeUntil(new Date(start.getTime() + 60 * dayMs))
        const before = await whatHappened()
        const mail = await liveOn(60)

        expect(before).toEqual([])
        expect(linesOf(forecast)).toEqual(await whatHappened())
        expect(forecast.mail).toEqual(mail)
      }),
      { numRuns: 8, endOnFailure: true },
    )
  })

  it('is what clocks then do that follow each other, by rules, sponsors and places', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(staffLife, { minLength: 3, maxLength: 5 }), async (lives) => {
        await database.drop()
        database = await createTestDatabase()
        await followingWorld()
        await liveAsStaff(lives)

        const forecast = await foreseeUntil(new Date(start.getTime() + 60 * dayMs))
        await liveOn(60)

        expect(linesOf(forecast)).toEqual(await whatHappened())
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })

  it('leaves nothing behind, and keeps nobody waiting', async () => {
    await lapsingWorld()
    await live([{ vo: 3, group: 2, seen: undefined, ban: 4, mail: true }])
    const everything = async (): Promise<object> => {
      const { rows } = await database.pool.query<object>(
        `select (select count(*) from pg_namespace where nspname like 'rehearsal%') as schemas,
           (select json_agg(m order by person_id) from member m) as members, (select count(*) from notice) as notices,
           (select count(*) from event) as events, (select json_agg(c) from chain_head c) as chain,
           (select last_value from event_id_seq) as counter, (select count(*) from outbox) as outbox`,
      )
      return rows
    }
    const before = await everything()

    const { changes } = await rehearse(database.pool, async (tx) => {
      const forecast = await foresee(tx, { from: start, until: noon('2026-03-01') })
      // Somebody else locks the VO for themselves, and writes, while the copy is still there.
      await inTx(async (other) => {
        await lockVos(other, ['astro'], { mode: 'exclusive', patience: '1s' })
        await other.query('update member set since = since')
      })
      return forecast
    })

    expect(changes.length).toBeGreaterThan(4)
    expect(await everything()).toEqual(before)
  })

  it('names limits of the guard, VOs without two managers and groups without anybody', async () => {
    await lapsingWorld({ expiration: { extendBy: 'P1Y' }, requires: {} })
    await apply(database.pool, [add(document('Group', 'crew', {}, 'astro'))])
    await live(
      Array.from({ length: 12 }, () => ({ vo: 3, group: undefined, seen: undefined, ban: undefined, mail: false })),
    )
    await inTx((tx) =>
      actOnMembers(tx, {
        ...{ act: 'add', vo: 'astro', group: 'guests', requests: [{ user: 'idp/p00', expires: '2026-03-01' }] },
        ...{ cause, now: start, reason: '' },
      }),
    )

    const { limits, managers, emptied } = await foreseeUntil(noon('2026-03-10'))

    expect(limits).toContainEqual({
      ...{ day: '2026-02-04', vo: 'astro', subject: 'vo astro', isForeseen: false },
      message: 'vo astro would lose 12 of 14 people, the limit is 25%',
    })
    expect(managers).toEqual([{ day: '2026-02-04', vo: 'astro', before: 2, after: 1 }])
    expect(emptied).toEqual([{ day: '2026-02-04', vo: 'astro', group: 'guests' }])
  })
})
