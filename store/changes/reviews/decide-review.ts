import type { DecisionRefusal, ReviewDecision } from '../../../core/reviews/decision.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { readLastCommit } from '../../runs.ts'
import { unknownActor } from '../memberships/rights.ts'
import { beginTrail, recordEvents, type Cause } from '../trail.ts'
import { unknownIdentities, type UnknownIdentity } from '../unknown-identities.ts'
import { findReview, nameOfPlace, type FoundReview } from './found-review.ts'
import { judgeDecisions } from './reviewer-standing.ts'

/** What a reviewer says of people. */
export interface DecideInput {
  readonly review: number
  readonly requests: readonly DecisionOn[]
  /** Whose decisions they are; without it those of the system's own user. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** What is said of one person. */
export interface DecisionOn {
  readonly user: IdentityRef
  readonly decision: ReviewDecision
  /** Of `transfer`: who takes over. */
  readonly to?: IdentityRef | undefined
  readonly reason: string
}

/** What came of it. */
export type DecisionAnswer =
  | { readonly user: IdentityRef; readonly decision: ReviewDecision; readonly role: string }
  | {
      readonly user: IdentityRef
      readonly refused: {
        readonly reason: DecisionRefusal | UnknownIdentity['reason'] | 'ended' | 'not-in-review'
        readonly message: string
      }
    }

/**
 * Writes down what a reviewer says of people, in the caller's transaction; nothing comes of it before the review is closed, and a later
 * word about the same person takes its place. Throws REVIEW_UNKNOWN, IDENTITY_UNKNOWN, VO_BUSY.
 */
export async function decideReview(tx: Tx, input: DecideInput): Promise<DecisionAnswer[]> {
  const { requests, actor } = input
  const review = await findReview(tx, input.review)
  const { id, state } = review
  if (state !== 'open') {
    const refused = { reason: 'ended', message: `review ${id} is ${state}; nothing is decided in it any more` } as const
    return requests.map(({ user }) => ({ user, refused }))
  }
  const reviewer = actor === undefined ? undefined : await personOf(tx, actor)
  const people = await readPeople(tx, id, requests)
  const found = requests.flatMap((request) => {
    const { person, item } = people.get(request.user) ?? {}
    if (person === undefined || item === undefined) return []
    const sponsor = request.to === undefined ? undefined : people.get(request.to)?.person
    return [{ request, item, deciding: { decision: request.decision, person, reviewer, sponsor, at: input.now } }]
  })
  const verdicts = await judgeDecisions(
    tx,
    id,
    found.map(({ deciding }) => deciding),
  )
  const judged = new Map(found.map((one, index) => [one.request, { ...one, verdict: verdicts[index] }]))
  const taken = [...judged.values()].flatMap(({ verdict, ...one }) =>
    verdict?.allowed === true ? [{ ...one, role: verdict.role, standsFor: verdict.standsFor }] : [],
  )
  await write(tx, input, { review, taken })
  const missing = requests.flatMap(({ user, to }) => [user, ...(to === undefined ? [] : [to])])
  const unknown = await unknownIdentities(tx, { asked: missing, known: people, vo: review.voId ?? undefined })
  return requests.map((request): DecisionAnswer => {
    const { user, decision, to } = request
    const verdict = judged.get(request)?.verdict
    const stranger = [user, ...(to === undefined ? [] : [to])].find((one) => !people.has(one))
    if (stranger !== undefined) return { user, refused: unknown(stranger) }
    if (verdict === undefined)
      return {
        user,
        refused: { reason: 'not-in-review', message: `they are not among those whom review ${id} is about` },
      }
    if (verdict.allowed) return { user, decision, role: verdict.role }
    return { user, refused: { reason: verdict.reason, message: verdict.message } }
  })
}

async function personOf(tx: Tx, actor: IdentityRef): Promise<UserId> {
  const { rows } = await tx.query<{ person: number }>('select person_id as person from identity where ref = $1', [
    actor,
  ])
  const [found] = rows
  if (found === undefined) throw unknownActor(actor)
  return found.person
}

interface Asked {
  readonly person: UserId
  /** Where they are reviewed. */
  readonly item: string | undefined
}

async function readPeople(
  tx: Tx,
  review: number,
  requests: readonly DecisionOn[],
): Promise<ReadonlyMap<IdentityRef, Asked>> {
  const { rows } = await tx.query<{ ref: IdentityRef; person: number; item: string | null }>(
    `select i.ref, i.person_id as person, x.id::text as item
     from identity i left join review_item x on (x.review_id, x.person_id) = ($1, i.person_id) where i.ref = any($2)`,
    [review, requests.flatMap(({ user, to }) => [user, ...(to === undefined ? [] : [to])])],
  )
  return new Map(rows.map(({ ref, person, item }) => [ref, { person, item: item ?? undefined }]))
}

interface Taken {
  readonly request: DecisionOn
  readonly item: string
  readonly role: string
  readonly standsFor: UserId | undefined
  readonly deciding: { readonly reviewer: UserId | undefined; readonly sponsor: UserId | undefined }
}

interface Writing {
  readonly review: FoundReview
  readonly taken: readonly Taken[]
}

async function write(tx: Tx, { cause, now }: DecideInput, { review: { id, place }, taken }: Writing): Promise<void> {
  if (taken.length === 0) return
  const rows = taken.map(
    ({ request: { decision, reason }, item, role, standsFor, deciding: { reviewer, sponsor } }) => ({
      ...{ item, decision, reason, role, reviewer, sponsor, standsFor },
    }),
  )
  await tx.query(
    `insert into review_decision (item_id, person_id, for_person_id, actor, authentication, role, decision, sponsor_id, reason,
       commit, at)
     select x.item, x.reviewer, x."standsFor", $2, $3, x.role, x.decision, x.sponsor, x.reason, $4, $5
     from json_to_recordset($1::json) as x(item bigint, reviewer integer, role text, decision text, sponsor integer, reason text,
       "standsFor" integer)`,
    [JSON.stringify(rows), cause.actor, cause.authentication ?? null, (await readLastCommit(tx)) ?? null, now],
  )
  const events = taken.map(({ request: { user, decision, to, reason }, role }) => ({
    ...{ action: 'decide', kind: 'Review', vo: place.vo, name: nameOfPlace(place) },
    personal: { review: id, user, decision, role, ...(to !== undefined && { to }), ...(reason !== '' && { reason }) },
  }))
  await recordEvents(tx, await beginTrail(tx, cause, now), events)
}
