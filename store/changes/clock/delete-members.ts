import type { Tx } from '../../pool.ts'
import { endMemberships } from '../members.ts'
import { endRowsOfMembers } from '../rows.ts'
import type { ClockTurn } from './turn.ts'

/** Ends memberships that have been DISABLED for as long as the rules of the VO say, with every row that is left. */
export async function endDeletedMembers(tx: Tx, { vo, moment, persons, trail }: ClockTurn): Promise<void> {
  await endRowsOfMembers(tx, { vo, persons }, moment)
  await endMemberships(tx, trail, { vo, persons, at: moment })
}
