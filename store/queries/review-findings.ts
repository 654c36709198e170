import type { IdentityRef, MembershipRow } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'

/** A row that a review would have ended and may not: it has to be changed where it comes from. */
export interface ReviewFinding {
  readonly user: IdentityRef
  readonly group: string | null
  readonly origin: MembershipRow['origin']
  /** Of origin sync the source. */
  readonly source: string | null
  /** Of git: the identity by which the line names them. */
  readonly named: IdentityRef | null
  /** Where git names them, or where the rule stands. */
  readonly file: string | null
  readonly line: number | null
  /** When the row ended since, and by which commit, where it was one. */
  readonly resolved: { readonly at: Date; readonly commit: string | null } | null
}

interface FindingRow extends Omit<ReviewFinding, 'resolved'> {
  readonly ended: Date | null
  readonly commit: string | null
}

/** Lists what a review left `unresolved`, by people and groups, and what became of it since. */
export async function listReviewFindings(db: Db, review: number): Promise<readonly ReviewFinding[]> {
  const { rows } = await db.query<FindingRow>(
    `with left_over as materialized (
       select r.vo_id, x.person_id, w.* from review r join review_item x on x.review_id = r.id
       join review_row w on w.item_id = x.id and w.outcome = 'unresolved' where r.id = $1
     ), standing as materialized (
       select l.id, m.file, m.line, m.identity_id, m.person_id is not null as stands, past.ended
       from left_over l
       left join membership m on (m.vo_id, m.person_id, m.origin, m.origin_name, m.since)
           = (l.vo_id, l.person_id, l.origin, l.origin_name, l.since)
         and m.group_id is not distinct from l.group_id and (l.group_name is null or l.group_id is not null)
       left join lateral (
         select max(p.ended) as ended from membership_past p
         where m.person_id is null and (p.vo_id, p.person_id, p.origin, p.origin_name)
             = (l.vo_id, l.person_id, l.origin, l.origin_name)
           and (p.group_id is not distinct from l.group_id or l.group_name is not null and l.group_id is null)
       ) past on true
     ), moment as (
       select distinct ended from standing where ended is not null
     ), called as materialized (
       select vo.name from review r join vo on vo.id = r.vo_id where r.id = $1
       union
       select o.name from review r join object_past o on o.kind = 'VO' and o.object_id = r.vo_id where r.id = $1
     ), commit as materialized (
       -- Of the transactions of that moment the one that was about members of the VO.
       select moment.ended, (
         select e.commit from chain c cross join lateral (
           select commit from event
           where batch = c.batch and kind in ('Member', 'GroupMember') and vo in (select name from called) limit 1
         ) e
         where c.at = moment.ended order by c.number limit 1) as commit
       from moment
     )
     select p.identities[1] as "user", l.group_name as "group", l.origin,
       case l.origin when 'sync' then nullif(l.origin_name, '') end as source, i.ref as named,
       case when s.stands then case l.origin when 'rule' then g.file else s.file end end as file,
       case when s.stands then case l.origin when 'rule' then line_of(g.key_lines, 'where', g.line) else s.line end end as line,
       s.ended, commit.commit
     from left_over l join standing s using (id) join person p on p.id = l.person_id
     left join groups g on g.id = l.group_id
     left join identity i on i.id = s.identity_id and i.person_id = l.person_id and l.origin = 'config'
     left join commit on commit.ended = s.ended
     order by 1, l.group_name nulls first, l.origin, l.origin_name`,
    [review],
  )
  return rows.map(({ ended, commit, ...finding }) => ({
    ...finding,
    resolved: ended === null ? null : { at: ended, commit },
  }))
}
