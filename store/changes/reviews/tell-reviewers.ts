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
