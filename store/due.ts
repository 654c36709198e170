import type { Day } from '../core/lifecycle/calendar.ts'
import type { Db } from './pool.ts'

/** What the clock of a VO does to memberships, in the order in which it does it on one day. */
const kinds = ['expire', 'lapse', 'disable', 'delete', 'remove'] as const

/** Memberships end; levels that identities were seen with count no more; EXPIRED members become DISABLED; DISABLED ones are deleted; EXPIRED rows of groups are removed. */
export type DueKind = (typeof kinds)[number]

/** What is due next in a VO, by its id. */
export interface Due {
  readonly vo: number
  readonly kind: DueKind
  readonly day: Day
  /** When it is done: the first moment of the day, or of what nobody may rewrite any more. */
  readonly moment: Date
}

/** No row of git, a source or a rule keeps the member: the rules of expiration apply. */
const isUnkept = `not exists (
  select 1 from membership k
  where (k.vo_id, k.person_id) = (mb.vo_id, mb.person_id) and k.origin in ('config', 'sync', 'rule'))`

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
  where vo.id = $1`

/** Who is VALID by a level that counts no longer from a day on, and has no other one that the VO accepts. */
const lapsing = `select mb.person_id, null::integer as group_id, seen.day
  from vo
  join member mb on mb.vo_id = vo.id and mb.status = 'VALID'
  join identity i on i.person_id = mb.person_id and i.loa is not null
  join source s on s.name = i.source and s.spec ? 'validFor'
  cross join lateral (select level_until(i.seen_at, s.spec, zone_of(vo.id)) as day) seen
  where vo.id = $1 and vo.spec->'requires' ? 'loa' and lacks_level(vo, mb.person_id, seen.day)`

/** Per kind what is due when to whom (person_id, group_id, day), and the first of these days; the VO's id is $1. */
const relations: Readonly<Record<DueKind, { readonly rows: string; readonly first: string }>> = {
  expire: {
    rows: `select m.person_id, m.group_id, m.expires as day from membership m
      where m.vo_id = $1 and m.status = 'VALID' and m.expires is not null`,
    first: `select min(m.expires) from membership m
      where m.vo_id = $1 and m.status = 'VALID' and m.expires is not null`,
  },
  lapse: { rows: lapsing, first: `select min(x.day) from (${lapsing}) x` },
  disable: membersAfter('EXPIRED', 'disableAfter'),
  delete: membersAfter('DISABLED', 'deleteAfter'),
  remove: { rows: removed, first: `select min(x.day) from (${removed}) x` },
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
    `select count(distinct person_id)::integer as count from (${relations[kind].rows}) due where day = $2`,
    [vo, day],
  )
  return rows[0]?.count ?? 0
}

/** Lists the first people to whom it is due. */
export async function peopleDue(db: Db, { vo, kind, day }: Due, atMost: number): Promise<number[]> {
  const { rows } = await db.query<{ person_id: number }>(
    `select distinct person_id from (${relations[kind].rows}) due where day = $2 order by 1 limit $3`,
    [vo, day, atMost],
  )
  return rows.map(({ person_id }) => person_id)
}
