import type { Reviewer, Unanswered } from '../../../core/reviews/decision.ts'
import { lengthMs } from '../../../core/reviews/schedule.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { notInForce } from '../../queries/not-in-force.ts'
import { readLastCommit } from '../../runs.ts'
import { beginTrail, recordEvents, type Cause } from '../trail.ts'
import { nameOfPlace, requireReviewRight, reviewRefused, type ReviewPlace } from './found-review.ts'
import { tellReviewers } from './tell-reviewers.ts'
import { wakeReviews } from './wake-reviews.ts'

/** A review that somebody wants. */
export interface StartInput {
  readonly place: ReviewPlace
  readonly reviewers: readonly Reviewer[]
  readonly unanswered: Unanswered
  /** A day of the VO's time zone, which is over as it begins, or a length of time from now such as `P30D`. */
  readonly due: string
  /** Lengths of time before the end; those that have passed are none. */
  readonly remindBefore: readonly string[]
  readonly reason: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** A review that was begun. */
export interface StartedReview {
  readonly review: number
  readonly dueAt: Date
  /** Who is reviewed. */
  readonly people: number
  readonly rows: number
  readonly reviewers: number
}

interface FoundPlace {
  readonly voId: number
  readonly groupId: number | null
  readonly resourceId: number | null
}

/**
 * Begins a review in the caller's transaction: writes down who is reviewed and by which rows they are there. Throws REVIEW_REFUSED,
 * ACTOR_NOT_ELIGIBLE, OBJECT_UNKNOWN, VO_BUSY.
 */
export async function startReview(tx: Tx, input: StartInput): Promise<StartedReview> {
  const { place, actor, now, cause } = input
  const { vo } = place
  await lockVos(tx, [vo], { mode: 'shared' })
  const found = await findPlace(tx, place)
  if (actor !== undefined) await requireReviewRight(tx, place, actor)
  const dueAt = await momentOf(tx, input, found)
  if (dueAt <= now)
    throw refused(place, { reason: 'due-past', message: 'it would be over already; expected a later end' })
  const review = await insert(tx, input, { ...found, dueAt })
  const reviewers = await requireReviewers(tx, input, review)
  const { people, rows } = await takeDown(tx, review)
  if (people === 0) throw refused(place, { reason: 'nobody', message: 'there is nobody to review' })
  const personal = { review, reviewers: input.reviewers, dueAt, unanswered: input.unanswered, reason: input.reason }
  const event = { action: 'start', kind: 'Review', vo, name: nameOfPlace(place), personal }
  await recordEvents(tx, await beginTrail(tx, cause, now), [event])
  await tellReviewers(tx, { review, event: 'review.opened', occasion: 'start', at: now })
  await wakeReviews(tx, [review])
  return { review, dueAt, people, rows, reviewers }
}

function refused(place: ReviewPlace, why: { readonly reason: string; readonly message: string }) {
  return reviewRefused(`begin a review of ${place.kind} "${pathOf(place)}"`, why)
}

function pathOf(place: ReviewPlace): string {
  return place.kind === 'vo' ? place.vo : `${place.vo}/${nameOfPlace(place)}`
}

async function findPlace(tx: Tx, place: ReviewPlace): Promise<FoundPlace> {
  const { kind, vo, group = null, resource = null } = place
  const { rows } = await tx.query<FoundPlace>(
    `select vo.id as "voId", g.id as "groupId", res.id as "resourceId"
     from vo left join groups g on g.vo_id = vo.id and g.name = $2 and not g.is_members
     left join resource res on res.vo_id = vo.id and res.name = $3
     where vo.name = $1 and ($2::text is null or g.id is not null) and ($3::text is null or res.id is not null)`,
    [vo, group, resource],
  )
  const [found] = rows
  if (found !== undefined) return found
  throw await notInForce(tx, 'review', kind === 'vo' ? { kind, vo } : { kind, vo, name: nameOfPlace(place) })
}

async function momentOf(tx: Tx, { due, now }: StartInput, { voId }: FoundPlace): Promise<Date> {
  const ms = lengthMs(due)
  if (ms !== undefined) return new Date(now.getTime() + ms)
  const { rows } = await tx.query<{ at: Date }>('select ($1::date::timestamp at time zone zone_of($2)) as at', [
    due,
    voId,
  ])
  const [found] = rows
  if (found === undefined) throw new Error('a select without a row')
  return found.at
}

interface Placed extends FoundPlace {
  readonly dueAt: Date
}

async function insert(tx: Tx, input: StartInput, { voId, groupId, resourceId, dueAt }: Placed): Promise<number> {
  const { place, reviewers, unanswered, reason, cause, now, remindBefore } = input
  const reminders = remindBefore.map((length) => new Date(dueAt.getTime() - (lengthMs(length) ?? 0)))
  const { rows } = await tx.query<{ id: number }>(
    `insert into review (kind, vo_id, group_id, resource_id, vo, name, reviewers, unanswered, reason, actor, authentication, commit,
       started_at, due_at, reminders)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (vo_id, kind, (coalesce(group_id, 0)), (coalesce(resource_id, 0))) where state in ('open', 'held') do nothing
     returning id`,
    [
      ...[place.kind, voId, groupId, resourceId, place.vo, place.group ?? place.resource ?? null],
      ...[JSON.stringify(reviewers), unanswered, reason, cause.actor, cause.authentication ?? null],
      ...[(await readLastCommit(tx)) ?? null, now, dueAt],
      reminders.filter((one) => one > now && one < dueAt).sort((one, other) => one.getTime() - other.getTime()),
    ],
  )
  const [begun] = rows
  if (begun !== undefined) return begun.id
  throw refused(place, { reason: 'already-open', message: 'there is one already; close or cancel that first' })
}

/** Each of the reviewers has to name somebody. */
async function requireReviewers(tx: Tx, { place, reviewers }: StartInput, review: number): Promise<number> {
  const { rows } = await tx.query<{ people: number[] }>(
    `select array(select people_among(review_holders(r, x.reviewer), r.vo)) as people
     from review r cross join jsonb_array_elements(r.reviewers) with ordinality as x(reviewer, place)
     where r.id = $1 order by x.place`,
    [review],
  )
  const empty = reviewers.filter((_, index) => (rows[index]?.people ?? []).length === 0)
  const people = new Set(rows.flatMap((row) => row.people))
  if (empty.length === 0 && people.size > 0) return people.size
  const named = empty.map((one) => Object.entries(one).map(([kind, name]) => `${kind} "${name}"`)).join(', ')
  const message = `${named === '' ? 'it has no reviewers' : `${named} names nobody`}; expected somebody who can decide`
  throw refused(place, { reason: 'no-reviewers', message })
}

async function takeDown(tx: Tx, review: number): Promise<Pick<StartedReview, 'people' | 'rows'>> {
  const { rows } = await tx.query<Pick<StartedReview, 'people' | 'rows'>>(
    `with scope as materialized (
       select s.* from review r cross join lateral review_scope(r) s where r.id = $1
     ), item as (
       insert into review_item (review_id, person_id) select distinct $1::integer, person_id from scope order by 2
       returning id, person_id
     ), taken as (
       insert into review_row (item_id, group_id, group_name, origin, origin_name, since)
       select item.id, s.group_id, s.group_name, s.origin, s.origin_name, s.since
       from scope s join item using (person_id) order by item.id, s.group_name nulls first, s.origin, s.origin_name
       returning 1
     )
     select (select count(*) from item)::integer as people, (select count(*) from taken)::integer as rows`,
    [review],
  )
  return rows[0] ?? { people: 0, rows: 0 }
}
