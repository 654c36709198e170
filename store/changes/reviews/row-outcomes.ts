import { groupBy } from '../../../core/model/group-by.ts'
import type { MembershipRow, UserId } from '../../../core/model/state.ts'
import { outcomeOfRow, type RowOutcome } from '../../../core/reviews/outcome.ts'
import type { Tx } from '../../pool.ts'
import type { SettledItem } from './settle-decisions.ts'

/** A row of somebody who is reviewed, and what comes of it. */
export interface OutcomeOfRow {
  readonly row: string
  readonly item: string
  readonly person: UserId
  readonly outcome: RowOutcome
  readonly origin: MembershipRow['origin']
  readonly originName: string
  readonly group: number | null
}

interface ReviewRowNow {
  readonly row: string
  readonly item: string
  readonly person: UserId
  readonly group: number | null
  readonly origin: MembershipRow['origin']
  readonly originName: string
  readonly stands: boolean
  readonly isWithin: boolean
}

/** Works out what comes of each row that the review found, and takes down those that have begun since, which it leaves alone. */
export async function rowOutcomes(
  tx: Tx,
  review: number,
  items: readonly SettledItem[],
): Promise<readonly OutcomeOfRow[]> {
  await takeDownAnew(tx, review)
  const { rows } = await tx.query<ReviewRowNow>(
    `with scope as materialized (
       select s.* from review r cross join lateral review_scope(r) s where r.id = $1
     )
     select w.id::text as row, x.id::text as item, x.person_id as person, w.group_id as "group", w.origin,
       w.origin_name as "originName", s.person_id is not null as stands, coalesce(s.is_within, true) as "isWithin"
     from review_item x join review_row w on w.item_id = x.id
     left join scope s on (s.person_id, s.origin, s.origin_name, s.since) = (x.person_id, w.origin, w.origin_name, w.since)
       and s.group_id is not distinct from w.group_id and (w.group_name is null or w.group_id is not null)
     where x.review_id = $1 and w.outcome is distinct from 'anew'`,
    [review],
  )
  const decided = new Map(items.map((one) => [one.item, one.decided]))
  return rows.map(({ stands, isWithin, ...row }) => ({
    ...row,
    outcome: outcomeOfRow(decided.get(row.item) ?? 'keep', { origin: row.origin, stands, isWithin }),
  }))
}

async function takeDownAnew(tx: Tx, review: number): Promise<void> {
  await tx.query(
    `with scope as materialized (
       select s.* from review r cross join lateral review_scope(r) s where r.id = $1
     )
     insert into review_row (item_id, group_id, group_name, origin, origin_name, since, outcome)
     select x.id, s.group_id, s.group_name, s.origin, s.origin_name, s.since, 'anew'
     from scope s join review_item x on (x.review_id, x.person_id) = ($1, s.person_id)
     where not exists (
       select from review_row w where w.item_id = x.id and (w.origin, w.origin_name, w.since) = (s.origin, s.origin_name, s.since)
         and w.group_id is not distinct from s.group_id)
     order by x.id, s.group_name nulls first, s.origin, s.origin_name`,
    [review],
  )
}

/** Writes down what came of rows; `notes` say why of some, by row. */
export async function writeOutcomes(
  tx: Tx,
  outcomes: readonly OutcomeOfRow[],
  notes: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  for (const [outcome, rows] of groupBy(outcomes, (one) => one.outcome)) {
    await tx.query(
      `update review_row w set outcome = $2, note = n.note
       from unnest($1::bigint[], $3::text[]) as n(id, note) where w.id = n.id`,
      [rows.map(({ row }) => row), outcome, rows.map(({ row }) => notes.get(row) ?? null)],
    )
  }
}
