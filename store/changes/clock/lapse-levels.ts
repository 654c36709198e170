import type { Tx } from '../../pool.ts'
import { settleMembers } from '../settle-members.ts'
import type { ClockTurn } from './turn.ts'

/** Makes members INVALID whose identities were seen too long ago with a level that the VO accepts. */
export async function lapseLevels(tx: Tx, { vo, moment, persons, trail }: ClockTurn): Promise<void> {
  await settleMembers(tx, trail, { vo, persons, lifted: [], since: moment })
}
