import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { withConsequences } from '../memberships/consequences.ts'
import { beginTrail, recordSelected, type Trail } from '../trail.ts'
import type { CloseInput } from './close-review.ts'
import { endReview } from './end-review.ts'
import type { FoundReview } from './found-review.ts'
import { handOver } from './hand-over.ts'
import { rowOutcomes, writeOutcomes, type OutcomeOfRow } from './row-outcomes.ts'
import { settleDecisions } from './settle-decisions.ts'
import { takeRows } from './take-rows.ts'
import { tellWhomItTookFrom } from './tell-reviewers.ts'

interface ReviewOfVo extends FoundReview {
  readonly voId: number
}

/** Does what was decided in a review, and ends it; returns whom it takes something from. Throws OverLimitError. */
export async function carryOutReview(tx: Tx, input: CloseInput, review: ReviewOfVo): Promise<readonly UserId[]> {
  const { cause, now } = input
  const trail = await beginTrail(tx, cause, now)
  const items = await settleDecisions(tx, review)
  const outcomes = await rowOutcomes(tx, review.id, items)
  const taken = outcomes.filter(({ outcome }) => outcome === 'removed')
  const losing = [...new Set(taken.map(({ person }) => person))]
  await take(tx, trail, { input, review, taken, losing })
  const rows = outcomes.filter(({ outcome }) => outcome === 'transferred')
  const handed = await handOver(tx, trail, { review, items, rows })
  await writeOutcomes(
    tx,
    [...outcomes.filter(({ outcome }) => outcome !== 'transferred'), ...handed.rows],
    handed.notes,
  )
  await recordRemovals(tx, trail, review)
  if (taken.length > 0) await tellWhomItTookFrom(tx, { review: review.id, at: now })
  await endReview(tx, trail, { review, state: 'closed', reason: input.reason })
  return losing
}

interface Taking {
  readonly input: CloseInput
  readonly review: ReviewOfVo
  readonly taken: readonly OutcomeOfRow[]
  readonly losing: readonly UserId[]
}

/** Who may not be held up still learns of whom it would take from: the guard is asked once everything is known. */
async function take(tx: Tx, trail: Trail, { input: { approved }, review, taken, losing }: Taking): Promise<void> {
  if (taken.length === 0) return
  await withConsequences(tx, trail, {
    bearing: { persons: losing, vos: [review.place.vo], guarded: { approved } },
    change: () => takeRows(tx, trail, { vo: review.voId, review: review.id, taken }),
  })
}

/** Each row that was taken, as an act of its own would tell it. */
async function recordRemovals(tx: Tx, trail: Trail, { id, place }: FoundReview): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select 'remove' as action, case when w.group_name is null then 'Member' else 'GroupMember' end as kind, $5::text as vo,
        coalesce(w.group_name, $5) as name,
        jsonb_build_object('user', p.identities[1], 'origin', w.origin, 'review', $6::integer) as personal
      from review_item x join review_row w on w.item_id = x.id and w.outcome = 'removed' join person p on p.id = x.person_id
      where x.review_id = $6 order by p.identities[1], w.id`,
    parameters: [place.vo, id],
  })
}
