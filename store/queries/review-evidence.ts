import { digestOfContent } from '../../core/plan/digest.ts'
import type { ReviewDecision, Reviewer, Unanswered } from '../../core/reviews/decision.ts'
import type { RowOutcome } from '../../core/reviews/outcome.ts'
import type { IdentityRef, MembershipRow } from '../../core/model/state.ts'
import {
  joinsOfReview,
  namesOfReview,
  placeOfReview,
  type ReviewPlace,
  type ReviewState,
} from '../changes/reviews/found-review.ts'
import type { Db } from '../pool.ts'

/** What a review found and came to: who decided what, when, as what and under which commit. */
export interface ReviewEvidence {
  readonly review: number
  readonly place: ReviewPlace
  readonly reviewers: readonly Reviewer[]
  readonly unanswered: Unanswered
  readonly reason: string
  readonly startedBy: string
  readonly startedAt: Date
  readonly commit: string | null
  readonly dueAt: Date
  readonly state: ReviewState
  readonly endedBy: string | null
  readonly endedAt: Date | null
  readonly closingCommit: string | null
  /** How it ended where that is not plain: what was held and not approved, or that its target is gone. */
  readonly outcome: string | null
  readonly people: readonly ReviewedPerson[]
}

/** Somebody who is reviewed. */
interface ReviewedPerson {
  readonly user: IdentityRef
  /** Null while the review is open. */
  readonly decided: ReviewDecision | null
  /** Whether nobody decided. */
  readonly isDefault: boolean
  readonly rows: readonly EvidenceRow[]
  readonly decisions: readonly EvidenceDecision[]
}

/** A row by which they are there; `outcome` is null while the review is open, but for one that began since. */
interface EvidenceRow {
  readonly group: string | null
  readonly origin: MembershipRow['origin']
  /** Of origin sync the source, of origin sponsor the sponsor. */
  readonly by: string | null
  readonly since: string
  readonly outcome: RowOutcome | null
  readonly note: string | null
}

/** What a reviewer said. */
interface EvidenceDecision {
  readonly decision: ReviewDecision
  readonly to: IdentityRef | null
  readonly by: string
  /** Whom they stood in for. */
  readonly for: IdentityRef | null
  readonly authentication: string | null
  readonly role: string
  readonly at: string
  readonly commit: string | null
  readonly reason: string
  /** Why it did not count; null for what counts. */
  readonly void: string | null
}

/** The evidence with its hash. */
export interface HashedEvidence {
  readonly evidence: ReviewEvidence
  readonly sha256: string
}

interface EvidenceHead extends Omit<ReviewEvidence, 'people' | 'place'> {
  readonly kind: ReviewPlace['kind']
  readonly vo: string
  readonly name: string | null
}

/** Reads the evidence of a review, always the same for the same; undefined where there is no such review. */
export async function evidenceOf(db: Db, id: number): Promise<HashedEvidence | undefined> {
  const { rows } = await db.query<EvidenceHead>(
    `select r.id as review, r.kind, ${namesOfReview}, r.reviewers, r.unanswered, r.reason, r.actor as "startedBy",
       r.started_at as "startedAt", r.commit, r.due_at as "dueAt", r.state, r.ended_by as "endedBy", r.ended_at as "endedAt",
       r.closing_commit as "closingCommit", r.outcome
     from review r ${joinsOfReview} where r.id = $1`,
    [id],
  )
  const [head] = rows
  if (head === undefined) return undefined
  const { kind, vo, name, ...review } = head
  const evidence = { ...review, place: placeOfReview({ kind, vo, name }), people: await readPeople(db, id) }
  return { evidence, sha256: digestOfContent(evidence) }
}

const utc = (moment: string): string => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

async function readPeople(db: Db, review: number): Promise<readonly ReviewedPerson[]> {
  const { rows } = await db.query<ReviewedPerson>(
    `with own as materialized (select x.* from review_item x where x.review_id = $1),
     standing as (
       select w.item_id, json_agg(json_build_object(
         'group', w.group_name, 'origin', w.origin,
         'by', case w.origin when 'sponsor' then sponsor.identities[1] else nullif(w.origin_name, '') end,
         'since', ${utc('w.since')}, 'outcome', w.outcome, 'note', w.note)
         order by w.group_name nulls first, w.origin, w.origin_name, w.since) as rows
       from own join review_row w on w.item_id = own.id
       left join person sponsor on w.origin = 'sponsor' and sponsor.id::text = w.origin_name
       group by 1
     ), said as (
       select d.item_id, json_agg(json_build_object(
         'decision', d.decision, 'to', successor.identities[1], 'by', d.actor, 'for', absent.identities[1], 'authentication', d.authentication, 'role', d.role,
         'at', ${utc('d.at')}, 'commit', d.commit, 'reason', d.reason, 'void', d.void) order by d.id) as decisions
       from own join review_decision d on d.item_id = own.id left join person successor on successor.id = d.sponsor_id
       left join person absent on absent.id = d.for_person_id
       group by 1
     )
     select p.identities[1] as "user", own.decided, own.is_default as "isDefault", coalesce(s.rows, '[]') as rows,
       coalesce(d.decisions, '[]') as decisions
     from own join person p on p.id = own.person_id
     left join standing s on s.item_id = own.id left join said d on d.item_id = own.id
     order by p.identities[1]`,
    [review],
  )
  return rows
}
