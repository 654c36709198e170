import { languagesOf, ownTexts, type OwnTexts } from '../own-texts.ts'
import type { IdentityRef, MemberStatus } from '../../core/model/state.ts'
import { lockNotices } from '../locks.ts'
import type { Tx } from '../pool.ts'

/** One notice that waits. */
interface Waiting {
  readonly id: string
  readonly kind: string
}

/** What one person is to be told about one VO: all notices of one end of their membership, and with the first one all others. */
export interface Untold {
  readonly vo: { readonly id: number; readonly name: string; readonly title: string }
  readonly person: number
  readonly user: IdentityRef
  readonly displayName: string
  readonly email: string | null
  /** What suits the reader, the best first. */
  readonly languages: readonly string[]
  /** Null for who is no member any more. */
  readonly status: MemberStatus | null
  /** Of the membership of the VO, as it stands. */
  readonly expires: string | null
  readonly today: string
  /** Of the end of the membership of the VO, which is `date`. */
  readonly notices: readonly Waiting[]
  readonly date: string | null
  /** Memberships of groups that end too. */
  readonly groups: readonly (Waiting & {
    readonly group: number
    readonly name: string
    readonly title: string
    readonly date: string
  })[]
  /** Guests who leave. */
  readonly guests: readonly (Waiting & {
    readonly guest: number
    readonly user: IdentityRef
    readonly displayName: string
    readonly date: string
  })[]
  /** That the terms have to be accepted before a date. */
  readonly terms: readonly (Waiting & { readonly date: string })[]
  readonly inForce: {
    readonly version: string
    readonly since: string
    /** The first day on which the acceptance there is counts no more. */
    readonly acceptedUntil: string | null
  } | null
  /** What Notification documents of the VO say, then those of the instance. */
  readonly texts: readonly OwnTexts[]
}

/** Tells which notices somebody is told of. */
export function noticesOf({ notices, groups, guests, terms }: Untold): string[] {
  return [...notices, ...groups, ...guests, ...terms].map(({ id }) => id)
}

/**
 * Lists notices of a VO that nobody was told of, one entry for each person and date of the VO, with all others. Those of what has
 * another date by now, and those of who wants none, are put aside first. Nobody else takes any before the transaction ends. Throws
 * VO_BUSY.
 */
export async function takeUntold(
  tx: Tx,
  { vo, now, atMost }: { readonly vo: string; readonly now: Date; readonly atMost: number },
): Promise<Untold[]> {
  await lockNotices(tx, vo)
  await tx.query(
    `with judged as materialized (
       select n.id, why_untold(n) as why from notice n join vo on vo.id = n.vo_id and vo.name = $1
       where n.mail_id is null and n.untold is null
     )
     update notice n set untold = judged.why from judged where n.id = judged.id and judged.why is not null`,
    [vo],
  )
  const { rows } = await tx.query<Untold>(
    `with waiting as materialized (
       select n.* from notice n join vo on vo.id = n.vo_id and vo.name = $1
       where n.mail_id is null and n.untold is null
     ), of_vo as (
       select n.vo_id, n.person_id, n.date, row_number() over (partition by n.person_id order by n.date) as place,
         json_agg(${told()} order by n.id) as notices
       from waiting n where n.group_id is null and n.guest_id is null and n.kind not like 'terms-%' group by 1, 2, 3
     ), of_groups as (
       select n.vo_id, n.person_id, 1::bigint as place,
         json_agg(${told(`'group', g.id, 'name', g.name, 'title', coalesce(g.title, g.name)`)} order by g.name, n.date, n.id) as groups
       from waiting n join groups g on g.id = n.group_id group by 1, 2
     ), of_guests as (
       select n.vo_id, n.person_id, 1::bigint as place,
         json_agg(${told(`'guest', p.id, 'user', p.identities[1], 'displayName', name_of(p.id)`)}
           order by n.date, p.identities[1], n.id) as guests
       from waiting n join person p on p.id = n.guest_id group by 1, 2
     ), of_terms as (
       select n.vo_id, n.person_id, 1::bigint as place, json_agg(${told()} order by n.id) as terms
       from waiting n where n.kind like 'terms-%' group by 1, 2
     ), untold as (
       select vo_id, person_id, v.date, coalesce(v.notices, '[]') as notices, coalesce(g.groups, '[]') as groups,
         coalesce(b.guests, '[]') as guests, coalesce(t.terms, '[]') as terms
       from of_vo v
       full join of_groups g using (vo_id, person_id, place)
       full join of_guests b using (vo_id, person_id, place)
       full join of_terms t using (vo_id, person_id, place)
       order by 2 limit $2
     )
     select json_build_object('id', vo.id, 'name', vo.name, 'title', coalesce(vo.title, vo.name)) as vo,
       u.person_id as person, p.identities[1] as "user",
       name_of(p.id) as "displayName",
       value_of_person('user.email', p.id) as email, ${languagesOf('p.id')} as languages,
       mb.status, mb.expires::text as expires, u.date::text as date, day_of($3, zone_of(vo.id))::text as today,
       u.notices, u.groups, u.guests, u.terms, case when u.terms::text <> '[]' then ${inForce} end as "inForce",
       ${ownTexts('vo.id')} as texts
     from untold u
     join vo on vo.id = u.vo_id join person p on p.id = u.person_id
     left join member mb on (mb.vo_id, mb.person_id) = (u.vo_id, u.person_id)
     order by u.person_id, u.date`,
    [vo, atMost, now],
  )
  return rows
}

/** A notice n with what else is told of it. */
function told(more?: string): string {
  return `json_build_object('id', n.id::text, 'kind', n.kind, 'date', n.date${more === undefined ? '' : `, ${more}`})`
}

/** The terms of the VO, and until when the acceptance of the person counts. */
const inForce = `(
  select json_build_object('version', t.version, 'since', day_of(t.since, zone_of(vo.id)), 'acceptedUntil', (
    select (max(day_of(a.at, zone_of(vo.id))) + (vo.spec->'terms'->>'resignEvery')::interval)::date
    from terms_acceptance a where (a.vo_id, a.person_id, a.version) = (vo.id, p.id, t.version)))
  from terms_version t where t.vo_id = vo.id and not t.closed order by t.id desc limit 1)`

/** Notes that nobody can be told of these notices. */
export async function leaveUntold(tx: Tx, notices: readonly string[]): Promise<void> {
  if (notices.length === 0) return
  await tx.query(`update notice set untold = 'no-address' where id = any($1::bigint[])`, [notices])
}
