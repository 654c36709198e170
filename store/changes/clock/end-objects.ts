import type { Tx } from '../../pool.ts'
import { servicesTouched, writeOutbox } from '../outbox.ts'
import { settleEndings } from '../settle-endings.ts'
import { settleMembers } from '../settle-members.ts'
import type { ClockTurn } from './turn.ts'

const ordinaryPriority = 3

/** Ends the VO, its groups and its resources whose date has come; who waited only for what these asked for waits no more. */
export async function endObjects(tx: Tx, { vo, moment, trail }: ClockTurn): Promise<void> {
  const { rows: named } = await tx.query<{ name: string }>('select name from vo where id = $1', [vo])
  const ended = await settleEndings(tx, trail, { vo: named[0]?.name, moment })
  const { rows } = await tx.query<{ person_id: number }>(
    `select person_id from member where vo_id = $1 and status = 'INVALID' order by 1`,
    [vo],
  )
  const waiting = rows.map(({ person_id }) => person_id)
  const persons = await settleMembers(tx, trail, { vo, persons: waiting, lifted: [], since: moment })
  const reached = await servicesTouched(tx, { groups: [], resources: [], facilities: [], persons })
  await writeOutbox(tx, { services: [...ended, ...reached], priority: ordinaryPriority, at: trail.at })
}
