import type { UserId } from '../../../core/model/state.ts'
import { isUnheld } from '../../is-holding.ts'
import type { Tx } from '../../pool.ts'
import { settleDates } from '../member-dates.ts'
import { endMemberships } from '../members.ts'
import { rowsIntoPast } from '../past.ts'
import { endRowsOfMembers } from '../rows.ts'
import { settleMembers } from '../settle-members.ts'
import type { Trail } from '../trail.ts'
import type { OutcomeOfRow } from './row-outcomes.ts'

interface Taking {
  readonly vo: number
  readonly review: number
  readonly taken: readonly OutcomeOfRow[]
}

/**
 * Ends the rows that a review takes. Whom nothing holds any more is out of the VO where the review was about its members;
 * otherwise leaving a group never ends the membership of the VO.
 */
export async function takeRows(tx: Tx, trail: Trail, { vo, review, taken }: Taking): Promise<void> {
  const { at } = trail
  await tx.query(
    `with old as (
       delete from membership m using review_row w join review_item x on x.id = w.item_id
       where w.id = any($2) and m.vo_id = $1 and m.group_id is not distinct from w.group_id
         and (m.person_id, m.origin, m.origin_name, m.since) = (x.person_id, w.origin, w.origin_name, w.since)
       returning m.*
     ) ${rowsIntoPast('$3')}`,
    [vo, taken.map(({ row }) => row), at],
  )
  const persons = [...new Set(taken.map(({ person }) => person))]
  const leaving = await findLeaving(tx, { vo, review, persons })
  await endRowsOfMembers(tx, { vo, persons: leaving }, at)
  await endMemberships(tx, trail, { vo, persons: leaving, at, reason: `review ${review}` })
  const gone = new Set(leaving)
  const staying = persons.filter((person) => !gone.has(person))
  await settleMembers(tx, trail, { vo, persons: staying, lifted: [], reason: `review ${review}` })
  await settleDates(
    tx,
    staying.map((person) => ({ vo, group: undefined, person })),
    at,
  )
}

async function findLeaving(
  tx: Tx,
  { vo, review, persons }: { readonly vo: number; readonly review: number; readonly persons: readonly UserId[] },
): Promise<readonly UserId[]> {
  const { rows } = await tx.query<{ person: UserId }>(
    `select mb.person_id as person from member mb
     where mb.vo_id = $1 and mb.person_id = any($3) and ${isUnheld}
       and (select review_is_of_vo(r) from review r where r.id = $2)`,
    [vo, review, persons],
  )
  return rows.map(({ person }) => person)
}
