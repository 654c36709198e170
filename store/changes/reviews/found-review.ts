import { GuildhallError } from '../../../core/errors.ts'
import type { Reviewer, Unanswered } from '../../../core/reviews/decision.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { requireRight } from '../memberships/rights.ts'

/** Where a review stands. */
export type ReviewState = 'open' | 'held' | 'closed' | 'cancelled'

/** What is reviewed: the members of a VO, those of a group, or who reaches a resource. */
export interface ReviewPlace {
  readonly kind: 'vo' | 'group' | 'resource'
  readonly vo: string
  readonly group?: string
  readonly resource?: string
}

/** A review as it stands, locked to the end of the transaction. */
export interface FoundReview {
  readonly id: number
  /** By names as they are now, or as they were last. */
  readonly place: ReviewPlace
  /** Null where the VO is gone. */
  readonly voId: number | null
  readonly reviewers: readonly Reviewer[]
  readonly unanswered: Unanswered
  readonly reason: string
  readonly startedAt: Date
  readonly dueAt: Date
  readonly state: ReviewState
  /** Whether what is reviewed is there no more. */
  readonly isGone: boolean
}

interface ReviewRow extends Omit<FoundReview, 'place'> {
  readonly kind: ReviewPlace['kind']
  readonly vo: string
  readonly name: string | null
}

/** The names of what the review `r` is about, as they are now, or as they were last. */
export const namesOfReview = `coalesce(vo.name, r.vo) as vo, coalesce(g.name, res.name, r.name) as name`
export const joinsOfReview = `left join vo on vo.id = r.vo_id left join groups g on g.id = r.group_id
  left join resource res on res.id = r.resource_id`

/** Locks the VO of a review, then the review; REVIEW_UNKNOWN where there is none. Throws VO_BUSY. */
export async function findReview(tx: Tx, id: number): Promise<FoundReview> {
  const { rows: vos } = await tx.query<{ name: string | null }>(
    'select vo.name from review r left join vo on vo.id = r.vo_id where r.id = $1',
    [id],
  )
  await lockVos(
    tx,
    vos.flatMap(({ name }) => name ?? []),
    { mode: 'shared' },
  )
  const { rows } = await tx.query<ReviewRow>(
    `select r.id, r.kind, ${namesOfReview}, r.vo_id as "voId", r.reviewers, r.unanswered, r.reason, r.started_at as "startedAt",
       r.due_at as "dueAt", r.state,
       r.vo_id is null or (r.kind = 'group' and r.group_id is null) or (r.kind = 'resource' and r.resource_id is null) as "isGone"
     from review r ${joinsOfReview} where r.id = $1 for update of r`,
    [id],
  )
  const [found] = rows
  if (found === undefined) throw unknownReview(id)
  const { kind, vo, name, ...review } = found
  return { ...review, place: placeOfReview({ kind, vo, name }) }
}

/** Puts together what a review is about. */
export function placeOfReview({ kind, vo, name }: Pick<ReviewRow, 'kind' | 'vo' | 'name'>): ReviewPlace {
  return kind === 'vo' || name === null ? { kind, vo } : { kind, vo, [kind]: name }
}

/** The name of an event about a review: of a group or resource its own. */
export function nameOfPlace({ vo, group, resource }: ReviewPlace): string {
  return group ?? resource ?? vo
}

/** REVIEW_UNKNOWN. */
function unknownReview(id: number): GuildhallError {
  return new GuildhallError(
    'REVIEW_UNKNOWN',
    `Cannot find review ${id}: there is none of this number; \`guildhall review list --all\` shows those there are`,
    { facts: { review: id } },
  )
}

/** REVIEW_REFUSED: what somebody wants to do with a review does not go. */
export function reviewRefused(
  what: string,
  { reason, message }: { readonly reason: string; readonly message: string },
) {
  return new GuildhallError('REVIEW_REFUSED', `Cannot ${what}: ${message}`, { facts: { reason } })
}

/** Whoever may change memberships of the VO, or of the group that is reviewed, may begin a review and end it. */
export async function requireReviewRight(tx: Tx, { vo, group }: ReviewPlace, actor: IdentityRef): Promise<void> {
  const place = group === undefined ? ({ kind: 'vo', vo } as const) : ({ kind: 'group', vo, name: group } as const)
  await requireRight(tx, { actor, place, users: [], right: 'memberships', isForOneself: false })
}
