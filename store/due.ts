import type { Day } from '../core/lifecycle/calendar.ts'
import { daysUntilForgotten } from './changes/invitations/forget-invitations.ts'
import { firstForgetting, forgetting } from './changes/applications/forget-answers.ts'
import { hasValue, ofWay } from './changes/settle-members.ts'
import { firstNotice, noticesDue } from './due-notices.ts'
import type { Db } from './pool.ts'

/** What the clock of a VO does to memberships, in the order in which it does it on one day. */
const kinds = [
  'sponsor',
  'notice',
  'expire',
  'end',
  'lapse',
  'accept',
  'follow',
  'disable',
  'delete',
  'remove',
  'invite',
  'forget',
] as const

/** Guests follow sponsors who are gone or there again; people are told that it ends; memberships end; VOs, groups and resources end; levels that identities were seen with count no more, which takes from some and gives to others; the time to accept the terms is over; rules follow levels that count no more; EXPIRED members become DISABLED; DISABLED ones are deleted; EXPIRED rows of groups are removed; invitations end, and those that ended long ago are forgotten; answers to what was rejected or withdrawn are forgotten. */
export type DueKind = (typeof kinds)[number]

/** What is due next in a VO, by its id. */
export interface Due {
  readonly vo: number
  readonly kind: DueKind
  readonly day: Day
  /** When it is done: the first moment of the day, or of what nobody may rewrite any more. */
  readonly moment: Date
}

/** The rules of expiration apply: no row of git, a source or a rule keeps the member, who is no service account that is exempt. */
const isUnkept = `not exists (
  select 1 from membership k
  where (k.vo_id, k.person_id) = (mb.vo_id, mb.person_id) and k.origin in ('config', 'sync', 'rule'))
  and not is_exempt(vo.spec->'expiration', mb.person_id)`

/** A day so long after the one on which something became what it is; months are clamped to their ends. */
const dayAfter = (since: string, length: string): string =>
  `(day_of(${since}, zone_of(vo.id)) + (${length})::interval)::date`

const rule = (name: string): string => `vo.spec->'expiration'->>'${name}'`

const membersAfter = (status: string, name: string) => ({
  rows: `select mb.person_id, null::integer as group_id, ${dayAfter('mb.since', rule(name))} as day
    from vo join member mb on mb.vo_id = vo.id and mb.status = '${status}' and ${isUnkept}
    where vo.id = $1 and ${rule(name)} is not null`,
  first: `select ${dayAfter('oldest.since', rule(name))}
    from vo cross join lateral (
      select mb.since from member mb where mb.vo_id = vo.id and mb.status = '${status}' and ${isUnkept} order by 1 limit 1
    ) oldest
    where vo.id = $1 and ${rule(name)} is not null`,
})

const removed = `select m.person_id, m.group_id,
    ${dayAfter('coalesce(m.status_since, m.since)', `g.spec->'expiration'->>'removeAfter'`)} as day
  from vo join groups g on g.vo_id = vo.id and g.spec->'expiration' ? 'removeAfter'
  join membership m on m.group_id = g.id and m.status = 'EXPIRED' and m.origin in ('application', 'manager', 'sponsor')
  where vo.id = $1 and not is_exempt(g.spec->'expiration', m.person_id)`

/**
 * Members of a status, from the day on from which a level that they were seen with counts no longer, where that means another status
 * on the day `x.done_on` on which it is done. What had lapsed when the status began, or when an act last left it as it is, was judged
 * then: the clock makes no other past of it.
 */
const afterLevels = (status: 'INVALID' | 'VALID', isAnother: string): string => `
  select ended.person_id, null::integer as group_id, ended.day
  from vo left join clock on clock.vo_id = vo.id
  cross join lateral (
    select mb.person_id, level_until(i.seen_at, s.spec, zone_of(vo.id)) as day
    from member mb
    join identity i on i.person_id = mb.person_id and i.loa is not null
    join source s on s.name = i.source and s.spec ? 'validFor'
    cross join lateral (
      select greatest(level_until(i.seen_at, s.spec, zone_of(vo.id)), day_of(clock.reached, zone_of(vo.id))) as done_on) x
    where mb.vo_id = vo.id and mb.status = '${status}'
      and level_until(i.seen_at, s.spec, zone_of(vo.id)) > day_of(greatest(mb.since, mb.judged_at), zone_of(vo.id))
      and ${isAnother}
    offset 0
  ) ended
  where vo.id = $1 and vo.spec->'requires' ? 'loa'`

/** The level of the source that counts then is one that the VO accepts, and nothing else is missing. */
const gains = `not lacks_level(vo, mb.person_id, x.done_on)
      and (mb.accept_by is null or mb.accept_by > x.done_on)
      and not exists (
        select from vo_requirement q where q.vo_id = vo.id and not ${hasValue("when 'member' then vo.id", 'mb.person_id')})
      and not exists (
        select from reach join service_requirement q on q.resource_id = reach.resource_id
        where (reach.vo_id, reach.person_id, reach.status) = (vo.id, mb.person_id, 'VALID')
          and not ${hasValue(ofWay, 'mb.person_id')})`

/** Who has no other level that the VO accepts, who has one only now, and whose levels may be others for an offer. */
const lapsing = `${afterLevels('VALID', 'lacks_level(vo, mb.person_id, x.done_on)')}
  union all ${afterLevels('INVALID', gains)}
  union all
  select mb.person_id, null, mb.levels_until from member mb where mb.vo_id = $1 and mb.levels_until is not null`

/** How long a sighting counts, and further than that no day lies from it: months are clamped to their ends, and zones differ. */
const validFor = `(s.spec->>'validFor')::interval`
const nearSighting = `interval '8 days'`

/** The sources whose levels count for a time only, for VOs with rules over levels, and up to when those have followed them. */
const followed = `(
    select zone_of($1) as zone, min(r.followed) as followed
    from rule r join groups g on g.id = r.group_id and g.vo_id = $1 and 'user.loas' = any(r.reads)
  ) here
  join source s on here.followed is not null and s.spec ? 'validFor'`

/** Rules were put to a person when something was told of an identity of theirs; what had lapsed by then makes no other past. */
const isUnjudged = `not exists (
      select from identity told
      where told.person_id = i.person_id and day_of(told.noted_at, here.zone) >= level_until(i.seen_at, s.spec, here.zone))`

/** Whose level counts no longer from the day $2 on, which rules of the VO have not followed yet; members or not. */
const fallingLevels = `select falling.person_id, null::integer as group_id, $2::date as day
  from ${followed}
  cross join lateral (
    select i.person_id from identity i
    where i.source = s.name and i.loa is not null
      and i.seen_at between $2::date - ${validFor} - ${nearSighting} and $2::date - ${validFor} + ${nearSighting}
      and level_until(i.seen_at, s.spec, here.zone) = $2 and start_of($2, here.zone) > here.followed
      and ${isUnjudged}
    offset 0
  ) falling`

/** The first such day: of each source that of the first sighting, by an index of them. */
const firstFall = `select min(first.day)
  from ${followed}
  cross join lateral (
    select level_until(i.seen_at, s.spec, here.zone) as day from identity i
    where i.source = s.name and i.loa is not null
      and i.seen_at > here.followed - ${validFor} - ${nearSighting}
      and start_of(level_until(i.seen_at, s.spec, here.zone), here.zone) > here.followed
      and ${isUnjudged}
    order by i.seen_at limit 1
  ) first`

/** VOs, groups and resources that are over from a day on. */
const ending = `select null::integer as person_id, null::integer as group_id, e.expires as day
  from ending e where e.vo_id = $1 and e.expires is not null and e.over_since is null`

/** Seen at once: the day is one that has come. */
const following = `select s.person_id, null::integer as group_id, coalesce(day_of(clock.reached, zone_of($1)), '2000-01-01') as day
  from sponsorships_to_change($1) s left join clock on clock.vo_id = $1`

const invitationsEnding = `select null::integer as person_id, null::integer as group_id, i.until as day from invitation i
  where i.vo_id = $1 and i.state = 'open' and i.is_ended_by_clock`

const invitationsForgotten = `select null::integer as person_id, null::integer as group_id,
    day_of(i.changed_at, zone_of($1)) + ${daysUntilForgotten} as day
  from invitation i where i.vo_id = $1 and i.state <> 'open' and i.address is not null`

/** Per kind what is due when to whom (person_id, group_id, day), and the first of these days; the VO's id is $1, of rows $2 the day. */
const relations: Readonly<Record<DueKind, { readonly rows: string; readonly first: string }>> = {
  sponsor: { rows: following, first: `select min(x.day) from (${following}) x` },
  notice: { rows: noticesDue, first: firstNotice },
  expire: {
    rows: `select m.person_id, m.group_id, m.expires as day from membership m
      where m.vo_id = $1 and m.status = 'VALID' and m.expires is not null`,
    first: `select min(m.expires) from membership m
      where m.vo_id = $1 and m.status = 'VALID' and m.expires is not null`,
  },
  // Of nobody: rows without a person.
  end: { rows: ending, first: `select min(x.day) from (${ending}) x` },
  lapse: { rows: lapsing, first: `select min(x.day) from (${lapsing}) x` },
  accept: {
    rows: `select mb.person_id, null::integer as group_id, mb.accept_by as day from member mb
      where mb.vo_id = $1 and mb.status = 'VALID' and mb.accept_by is not null`,
    first: `select min(mb.accept_by) from member mb
      where mb.vo_id = $1 and mb.status = 'VALID' and mb.accept_by is not null`,
  },
  follow: { rows: fallingLevels, first: firstFall },
  disable: membersAfter('EXPIRED', 'disableAfter'),
  delete: membersAfter('DISABLED', 'deleteAfter'),
  remove: { rows: removed, first: `select min(x.day) from (${removed}) x` },
  // Of nobody: rows without a person.
  invite: {
    rows: `${invitationsEnding} union all ${invitationsForgotten}`,
    first: `select least(
      (select min(i.until) from invitation i where i.vo_id = $1 and i.state = 'open' and i.is_ended_by_clock),
      (select day_of(min(i.changed_at), zone_of($1)) + ${daysUntilForgotten} from invitation i
       where i.vo_id = $1 and i.state <> 'open' and i.address is not null))`,
  },
  // Of nobody, as what is over.
  forget: { rows: forgetting, first: firstForgetting },
}

/** Finds what is due next in a VO; undefined where nothing is. */
export async function findDue(db: Db, vo: number): Promise<Due | undefined> {
  const firsts = kinds.map(
    (kind, place) => `select ${place} as place, '${kind}' as kind, (${relations[kind].first}) as day`,
  )
  const { rows } = await db.query<Due>(
    `select $1::integer as vo, due.kind, due.day::text as day,
       greatest(start_of(due.day, zone_of($1)), clock.reached) as moment
     from (${firsts.join(' union all ')}) due left join clock on clock.vo_id = $1
     where due.day is not null order by due.day, due.place limit 1`,
    [vo],
  )
  return rows[0]
}

/** Counts the people to whom it is due. */
export async function countDue(db: Db, { vo, kind, day }: Due): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select (count(distinct person_id) + count(*) filter (where person_id is null))::integer as count from (${relations[kind].rows}) due where day = $2`,
    [vo, day],
  )
  return rows[0]?.count ?? 0
}

/** Tells whether what was done to these people is due to them again, which would never end. */
export async function isDueAgain(db: Db, due: Due, persons: readonly number[]): Promise<boolean> {
  if (persons.length === 0) return (await countDue(db, due)) > 0
  const again = await peopleDue(db, due, persons.length)
  return again.join() === persons.join()
}

/** Lists the first people to whom it is due; of those whom rules follow all, for it is the day that is done then. */
export async function peopleDue(db: Db, { vo, kind, day }: Due, atMost: number): Promise<number[]> {
  const { rows } = await db.query<{ person_id: number }>(
    `select distinct person_id from (${relations[kind].rows}) due where day = $2 and person_id is not null order by 1 limit $3`,
    [vo, day, kind === 'follow' ? null : atMost],
  )
  return rows.map(({ person_id }) => person_id)
}
