import type { IdentityRef } from '../../core/model/state.ts'
import type { Reviewer, Unanswered } from '../../core/reviews/decision.ts'
import {
  joinsOfReview,
  namesOfReview,
  placeOfReview,
  type ReviewPlace,
  type ReviewState,
} from '../changes/reviews/found-review.ts'
import type { Db } from '../pool.ts'
import { requireKnown } from './require-known.ts'

/** A review as it is listed. */
export interface ListedReview {
  readonly review: number
  readonly place: ReviewPlace
  readonly reviewers: readonly Reviewer[]
  readonly unanswered: Unanswered
  readonly state: ReviewState
  readonly startedAt: Date
  readonly dueAt: Date
  readonly endedAt: Date | null
  /** The digest that somebody has to approve. */
  readonly held: string | null
  readonly outcome: string | null
  readonly people: number
  /** About how many of them somebody decided, or nobody had to any more. */
  readonly decided: number
}

/** Which reviews are listed. */
export interface ReviewFilter {
  readonly vo?: string
  /** Also those that have ended. */
  readonly all?: boolean
  /** Only those in which this person has somebody to decide about. */
  readonly waitingFor?: IdentityRef
  /** Only this one. */
  readonly id?: number
}

interface ReviewRow extends Omit<ListedReview, 'place'> {
  readonly kind: ReviewPlace['kind']
  readonly vo: string
  readonly name: string | null
}

/** About whom a person (id `me`) may still decide in the review `r`: items `x`. */
export const waitingIn = `x.review_id = r.id and x.person_id <> me.id
  and not exists (select from review_decision d where d.item_id = x.id)
  and not exists (select from owned_account o where o.person_id = x.person_id and me.id = any(o.owners))
  and exists (
    select from review_roles(r, me.id) role
    where role.only_guests = exists (
      select from sponsorship s where (s.vo_id, s.person_id, s.sponsor_id) = (r.vo_id, x.person_id, me.id)))`

/** Lists reviews, the oldest first. */
export async function listReviews(db: Db, { vo, all = false, waitingFor, id }: ReviewFilter): Promise<ListedReview[]> {
  const { rows } = await db.query<ReviewRow>(
    `select r.id as review, r.kind, ${namesOfReview}, r.reviewers, r.unanswered, r.state, r.started_at as "startedAt",
       r.due_at as "dueAt", r.ended_at as "endedAt", r.held, r.outcome,
       (select count(*) from review_item x where x.review_id = r.id)::integer as people,
       (select count(*) from review_item x where x.review_id = r.id
        and (x.decided is not null or exists (select from review_decision d where d.item_id = x.id)))::integer as decided
     from review r ${joinsOfReview}
     left join identity asked on asked.ref = $3
     left join lateral (select asked.person_id as id) me on true
     where ($1::text is null or coalesce(vo.name, r.vo) = $1) and ($4::integer is null or r.id = $4)
       and ($2 or $4 is not null or r.state in ('open', 'held'))
       and ($3::text is null or r.state = 'open' and exists (select from review_item x where ${waitingIn}))
     order by r.id`,
    [vo ?? null, all, waitingFor ?? null, id ?? null],
  )
  if (rows.length === 0 && waitingFor !== undefined)
    await requireKnown(db, 'list the reviews that wait for', waitingFor)
  return rows.map(({ kind, vo: of, name, ...row }) => ({ ...row, place: placeOfReview({ kind, vo: of, name }) }))
}

/** Lists about whom a person has still to decide in a review, by identity. */
export async function listWaitingPeople(
  db: Db,
  { review, identity }: { readonly review: number; readonly identity: IdentityRef },
): Promise<IdentityRef[]> {
  const { rows } = await db.query<{ user: IdentityRef }>(
    `select p.identities[1] as "user" from review r cross join (select person_id as id from identity where ref = $2) me
     join review_item x on ${waitingIn} join person p on p.id = x.person_id
     where r.id = $1 and r.state = 'open' order by 1`,
    [review, identity],
  )
  return rows.map(({ user }) => user)
}

/** Lists the numbers of all reviews that have not ended. */
export async function listOpenReviews(db: Db): Promise<readonly number[]> {
  const { rows } = await db.query<{ id: number }>(`select id from review where state in ('open', 'held') order by 1`)
  return rows.map(({ id }) => id)
}

/** Reviews that somebody has to look at. */
export interface ReviewWakes {
  readonly ids: readonly string[]
  readonly reviews: readonly number[]
}

/** Reads which reviews somebody has to look at. */
export async function readReviewWakes(db: Db): Promise<ReviewWakes> {
  const { rows } = await db.query<{ id: string; review_id: number }>(
    'select id::text, review_id from review_wake order by id limit 10000',
  )
  return { ids: rows.map(({ id }) => id), reviews: [...new Set(rows.map(({ review_id }) => review_id))] }
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetReviewWakes(db: Db, { ids }: ReviewWakes): Promise<void> {
  if (ids.length > 0) await db.query('delete from review_wake where id = any($1::bigint[])', [ids])
}
