import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { findSet } from '../memberships/read-standing.ts'
import { sponsorInVo } from '../sponsors/sponsor-in-vo.ts'
import type { Trail } from '../trail.ts'
import type { FoundReview } from './found-review.ts'
import type { OutcomeOfRow } from './row-outcomes.ts'
import type { SettledItem } from './settle-decisions.ts'

interface HandingOver {
  readonly review: FoundReview
  readonly items: readonly SettledItem[]
  /** Rows of sponsors, as they are to be transferred. */
  readonly rows: readonly OutcomeOfRow[]
}

interface Handed {
  readonly rows: readonly OutcomeOfRow[]
  /** Why some were not transferred, by row. */
  readonly notes: ReadonlyMap<string, string>
}

/** Lets other sponsors take over guests; what is refused is told, and the guest stays as they are. */
export async function handOver(tx: Tx, trail: Trail, { review, items, rows }: HandingOver): Promise<Handed> {
  const { id, place, reason } = review
  if (rows.length === 0) return { rows, notes: new Map() }
  const successors = new Map(items.map(({ item, sponsor }) => [item, sponsor]))
  const names = await namesOf(tx, [
    ...rows.flatMap(({ person, originName }) => [person, Number(originName)]),
    ...successors.values(),
  ])
  const asked = rows.flatMap((row) => {
    const [user, sponsor, to] = [row.person, Number(row.originName), successors.get(row.item) ?? 0].map((one) =>
      names.get(one),
    )
    return user === undefined || sponsor === undefined || to === undefined
      ? []
      : [{ row, request: { user, sponsor, to } }]
  })
  const set = await findSet(tx, { vo: place.vo, group: undefined, now: trail.at })
  const requests = asked.map(({ request }) => request)
  const input = {
    act: 'transfer',
    vo: place.vo,
    requests,
    reason: reason || `review ${id}`,
    cause: trail.cause,
    now: trail.at,
  } as const
  const answers = await sponsorInVo(tx, { input, set, isSingle: false })
  const refusals = new Map<string, string>()
  asked.forEach(({ row }, index) => {
    const answer = answers[index]
    if (answer === undefined || 'sponsored' in answer) return
    refusals.set(row.row, 'refused' in answer ? answer.refused.reason : 'held')
  })
  const outcomes = rows.map((row) => (refusals.has(row.row) ? { ...row, outcome: 'refused' as const } : row))
  return { rows: outcomes, notes: refusals }
}

async function namesOf(tx: Tx, persons: readonly (UserId | null)[]): Promise<ReadonlyMap<UserId, IdentityRef>> {
  const { rows } = await tx.query<{ id: UserId; user: IdentityRef }>(
    'select id, identities[1] as "user" from person where id = any($1) and identities <> $2',
    [persons.filter((one) => one !== null), []],
  )
  return new Map(rows.map(({ id, user }) => [id, user]))
}
