import type { Tx } from '../../pool.ts'
import { settleMembers } from '../settle-members.ts'
import type { ClockTurn } from './turn.ts'

/** Makes members INVALID to whom something counts no longer: a level that the VO accepts, or the time to accept its terms. */
export async function settleAgain(tx: Tx, { vo, moment, persons, trail }: ClockTurn): Promise<void> {
  await settleMembers(tx, trail, { vo, persons, lifted: [], since: moment })
}
