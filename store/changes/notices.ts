import type { NotificationTexts } from '../../core/notifications/default-texts.ts'
import type { IdentityRef, MemberStatus } from '../../core/model/state.ts'
import type { Tx } from '../pool.ts'

/** What one person is to be told about the end of one membership: all notices of it at once. */
export interface Untold {
  readonly vo: { readonly id: number; readonly name: string; readonly title: string }
  readonly person: number
  readonly user: IdentityRef
  readonly displayName: string
  readonly email: string | null
  readonly language: string | null
  /** Memberships of groups that end too; only these where `notices` is empty. */
  readonly groups: readonly {
    readonly id: string
    readonly kind: string
    readonly group: number
    readonly name: string
    readonly title: string
    readonly date: string
  }[]
  /** Null for who is no member any more. */
  readonly status: MemberStatus | null
  readonly date: string
  readonly today: string
  readonly notices: readonly { readonly id: string; readonly kind: string }[]
  /** What Notification documents of the VO say, by event. */
  readonly texts: Readonly<Record<string, NotificationTexts>>
}

/**
 * Lists notices of a VO that nobody was told of, one entry for each person and date of the VO, with those of groups. Those whose membership has another end by
 * now, and those of who wants none, are put aside first.
 */
export async function takeUntold(
  tx: Tx,
  { vo, now, atMost }: { readonly vo: string; readonly now: Date; readonly atMost: number },
): Promise<Untold[]> {
  await tx.query(
    `update notice n
     set untold = case when d.person_id is null then 'overtaken' else 'declined' end
     from vo, notice o
     left join notices_declined d on (d.vo_id, d.person_id, d.date) = (o.vo_id, o.person_id, o.date) and o.group_id is null
     where vo.name = $1 and o.vo_id = vo.id and n.id = o.id and o.mail_id is null and o.untold is null
       and (d.person_id is not null or is_outdated(o))`,
    [vo],
  )
  const { rows } = await tx.query<Untold>(
    `with waiting as materialized (
       select n.* from notice n join vo on vo.id = n.vo_id and vo.name = $1
       where n.mail_id is null and n.untold is null
     ), of_vo as (
       select n.vo_id, n.person_id, n.date, row_number() over (partition by n.person_id order by n.date) as place,
         json_agg(json_build_object('id', n.id::text, 'kind', n.kind) order by n.id) as notices
       from waiting n where n.group_id is null group by 1, 2, 3
     ), of_groups as (
       select n.vo_id, n.person_id, min(n.date) as date, 1::bigint as place,
         json_agg(json_build_object('id', n.id::text, 'kind', n.kind, 'group', g.id, 'name', g.name,
           'title', coalesce(g.title, g.name), 'date', n.date) order by g.name, n.date, n.id) as groups
       from waiting n join groups g on g.id = n.group_id group by 1, 2
     ), untold as (
       select vo_id, person_id, coalesce(v.date, g.date) as date, coalesce(v.notices, '[]') as notices,
         coalesce(g.groups, '[]') as groups
       from of_vo v full join of_groups g using (vo_id, person_id, place)
       order by 2 limit $2
     )
     select json_build_object('id', vo.id, 'name', vo.name, 'title', coalesce(vo.title, vo.name)) as vo,
       u.person_id as person, p.identities[1] as "user",
       coalesce(${valueOf('user.displayName')}, p.identities[1]) as "displayName", ${valueOf('user.email')} as email,
       ${valueOf('user.preferredLanguage')} as language, mb.status, u.date::text as date,
       day_of($3, zone_of(vo.id))::text as today, u.notices, u.groups,
       (select coalesce(json_object_agg(t.spec->>'event', t.spec), '{}') from notification t where t.vo_id = vo.id) as texts
     from untold u
     join vo on vo.id = u.vo_id join person p on p.id = u.person_id
     left join member mb on (mb.vo_id, mb.person_id) = (u.vo_id, u.person_id)
     order by u.person_id, u.date`,
    [vo, atMost, now],
  )
  return rows
}

function valueOf(attribute: string): string {
  return `(select v.value #>> '{}' from attribute_value v where v.attribute = '${attribute}' and v.subject = u.person_id and v.object = 0)`
}

/** Notes that nobody can be told of these notices. */
export async function leaveUntold(tx: Tx, notices: readonly string[]): Promise<void> {
  if (notices.length === 0) return
  await tx.query(`update notice set untold = 'no-address' where id = any($1::bigint[])`, [notices])
}
