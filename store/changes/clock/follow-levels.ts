import type { Tx } from '../../pool.ts'
import type { ClockTurn } from './turn.ts'

/** Notes that the rules of the VO have followed the levels of this day: everybody's rows are kept right after. */
export async function followLevels(tx: Tx, { vo, day }: ClockTurn): Promise<void> {
  await tx.query(
    `update rule r set followed = greatest(r.followed, start_of($2::date, zone_of($1)))
     from groups g where g.id = r.group_id and g.vo_id = $1 and 'user.loas' = any(r.reads)`,
    [vo, day],
  )
}
