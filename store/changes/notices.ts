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
  /** Null for who is no member any more. */
  readonly status: MemberStatus | null
  readonly date: string
  readonly today: string
  readonly notices: readonly { readonly id: string; readonly kind: string }[]
  /** What Notification documents of the VO say, by event. */
  readonly texts: Readonly<Record<string, NotificationTexts>>
}

/**
 * Lists notices of a VO that nobody was told of, one entry for each person and date. Those whose membership has another end by
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
     left join member mb on (mb.vo_id, mb.person_id) = (o.vo_id, o.person_id)
     left join notices_declined d on (d.vo_id, d.person_id, d.date) = (o.vo_id, o.person_id, o.date)
     where vo.name = $1 and o.vo_id = vo.id and n.id = o.id and o.mail_id is null and o.untold is null
       and (d.person_id is not null or mb.person_id is not null and mb.expires is distinct from o.date)`,
    [vo],
  )
  const { rows } = await tx.query<Untold>(
    `with untold as (
       select n.vo_id, n.person_id, n.date, json_agg(json_build_object('id', n.id::text, 'kind', n.kind) order by n.id) as notices
       from notice n join vo on vo.id = n.vo_id and vo.name = $1
       where n.mail_id is null and n.untold is null
       group by 1, 2, 3 order by n.person_id limit $2
     )
     select json_build_object('id', vo.id, 'name', vo.name, 'title', coalesce(vo.title, vo.name)) as vo,
       u.person_id as person, p.identities[1] as "user",
       coalesce(${valueOf('user.displayName')}, p.identities[1]) as "displayName", ${valueOf('user.email')} as email,
       ${valueOf('user.preferredLanguage')} as language, mb.status, u.date::text as date,
       day_of($3, zone_of(vo.id))::text as today, u.notices,
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
