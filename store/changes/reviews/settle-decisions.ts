import type { ReviewDecision } from '../../../core/reviews/decision.ts'
import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { FoundReview } from './found-review.ts'
import { judgeDecisions } from './reviewer-standing.ts'

/** What a review says of a person in the end. */
export interface SettledItem {
  readonly item: string
  readonly person: UserId
  readonly decided: ReviewDecision
  /** Of `transfer`: who takes over. */
  readonly sponsor: UserId | null
}

interface DecisionRow {
  readonly id: string
  readonly item: string
  readonly person: UserId
  readonly decision: ReviewDecision
  readonly reviewer: UserId | null
  readonly sponsor: UserId | null
  readonly at: Date
}

/**
 * Settles what is decided about everybody in a review: the last decision of a reviewer who is one still, else what was said of the
 * unanswered. Decisions that do not count say why.
 */
export async function settleDecisions(tx: Tx, { id, unanswered }: FoundReview): Promise<readonly SettledItem[]> {
  const { rows: decisions } = await tx.query<DecisionRow>(
    `select d.id::text, d.item_id::text as item, x.person_id as person, d.decision, d.person_id as reviewer, d.sponsor_id as sponsor, d.at
     from review_decision d join review_item x on x.id = d.item_id where x.review_id = $1 order by d.id desc`,
    [id],
  )
  const verdicts = await judgeDecisions(
    tx,
    id,
    decisions.map((one) => ({ ...one, reviewer: one.reviewer ?? undefined, sponsor: one.sponsor ?? undefined })),
  )
  const counting = new Map<string, DecisionRow>()
  const voided = decisions.flatMap((decision, index) => {
    const verdict = verdicts[index]
    if (counting.has(decision.item)) return [{ id: decision.id, why: 'superseded' }]
    if (verdict?.allowed === false) return [{ id: decision.id, why: verdict.reason }]
    counting.set(decision.item, decision)
    return []
  })
  await tx.query(
    `update review_decision d set void = v.why
     from review_item x, (
       select d2.id, v2.why from review_decision d2
       left join json_to_recordset($2::json) as v2(id bigint, why text) on v2.id = d2.id) v
     where x.review_id = $1 and d.item_id = x.id and v.id = d.id and d.void is distinct from v.why`,
    [id, JSON.stringify(voided)],
  )
  const { rows } = await tx.query<{ item: string; person: UserId }>(
    `update review_item x set decided = coalesce(c.decision, $2), is_default = c.item is null
     from review_item own left join json_to_recordset($3::json) as c(item bigint, decision text) on c.item = own.id
     where own.review_id = $1 and x.id = own.id returning x.id::text as item, x.person_id as person`,
    [id, unanswered, JSON.stringify([...counting.values()])],
  )
  return rows.map(({ item, person }) => {
    const { decision = unanswered, sponsor = null } = counting.get(item) ?? {}
    return { item, person, decided: decision, sponsor }
  })
}
