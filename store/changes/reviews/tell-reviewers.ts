import type { ReviewEvent } from '../../../core/notifications/events.ts'
import { waitingIn } from '../../queries/reviews.ts'
import type { Tx } from '../../pool.ts'
import { draftSelected } from '../mail-drafts.ts'

/** What reviewers are told, once for an event and an occasion. */
export interface ToReviewers {
  readonly review: number
  readonly event: ReviewEvent
  readonly occasion: string
  readonly at: Date
}

/** Drafts a mail to each reviewer who has somebody to decide about; of its end to all of them, and to whoever began the review. */
export async function tellReviewers(tx: Tx, { review, event, occasion, at }: ToReviewers): Promise<void> {
  await draftSelected(tx, {
    select: `select 'review/' || r.id || '/' || split_part($2, '.', 2) || '/' || $3 || '/' || me.id as key, $2 as event, r.vo_id as vo,
        me.id as person, null::integer as application, null::text as recipient, null::text as language,
        jsonb_set(review_tags(r), '{review,waiting}', to_jsonb(w.waiting)) as tags
      from review r
      cross join lateral (
        select distinct p.id from jsonb_array_elements(r.reviewers) as x(reviewer)
        cross join lateral people_among(review_holders(r, x.reviewer), r.vo) p(id)
        where not exists (select from ban b where b.vo_id = r.vo_id and b.person_id = p.id)
        union
        select i.person_id from identity i where $2 = 'review.closed' and i.ref = r.actor and i.person_id is not null
      ) me
      cross join lateral (select count(*)::integer as waiting from review_item x where ${waitingIn}) w
      where r.id = $1 and ($2 = 'review.closed' or w.waiting > 0)`,
    parameters: [review, event, occasion],
    at,
  })
}

/** Drafts one mail to each of those who have less by a review that was carried out: no membership of a group or the VO that it took rows of. */
export async function tellWhomItTookFrom(tx: Tx, { review, at }: Pick<ToReviewers, 'at' | 'review'>): Promise<void> {
  const event: ReviewEvent = 'review.removed'
  await draftSelected(tx, {
    select: `select 'review/' || r.id || '/removed/' || lost.person as key, $1 as event, r.vo_id as vo, lost.person,
        null::integer as application, null::text as recipient, null::text as language,
        t.tags || jsonb_build_object('lost', lost.named) as tags
      from review r cross join lateral review_tags(r) t(tags)
      cross join lateral (
        select gone.person, jsonb_agg(jsonb_build_object(
          'of', r.vo || coalesce('/' || gone.name, ''),
          'title', coalesce(g.title, gone.name, vo.title, r.vo), 'isVo', gone.name is null) order by gone.name nulls first) as named
        from (
          select distinct x.person_id as person, w.group_id, w.group_name as name
          from review_item x join review_row w on w.item_id = x.id and w.outcome = 'removed'
          where x.review_id = r.id and not is_service_account(x.person_id) and case when w.group_name is null
            then not exists (select from member mb where (mb.vo_id, mb.person_id) = (r.vo_id, x.person_id))
            else not exists (select from membership m where (m.group_id, m.person_id) = (w.group_id, x.person_id)) end
        ) gone
        left join groups g on g.id = gone.group_id left join vo on vo.id = r.vo_id and gone.name is null
        group by gone.person
      ) lost
      where r.id = $2`,
    parameters: [event, review],
    at,
  })
}
