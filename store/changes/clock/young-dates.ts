import { groupBy } from '../../../core/model/group-by.ts'
import type { Loss } from '../../../core/model/plan.ts'
import type { Scope } from '../../../core/model/scope.ts'
import type { Tx } from '../../pool.ts'
import { accessOf, lossesBetween } from '../access-of.ts'
import { recordLosses } from '../losses.ts'
import type { ClockTurn } from './turn.ts'

/**
 * Records what people lose by the work whose dates have not stood for long, with all that follows from it. The guard exempts an end
 * that everybody could see coming for a week, and judges those of git when they are planned.
 */
export async function recordingYoungDates<T>(tx: Tx, turn: ClockTurn, work: () => Promise<T>): Promise<T> {
  const hasty = await withYoungDates(tx, turn)
  const before = await accessOf(tx, hasty)
  const done = await work()
  const losses = lossesBetween(before, await accessOf(tx, hasty))
  if (losses.length === 0) return done
  const { rows } = await tx.query<{ name: string }>('select name from vo where id = $1', [turn.vo])
  for (const { name } of rows) {
    const scopeOf = ({ set }: Loss): Scope => ('vo' in set ? `vo:${set.vo}` : `vo:${name}`)
    for (const [scope, own] of groupBy(losses, scopeOf)) await recordLosses(tx, { scope, losses: own, at: turn.moment })
  }
  return done
}

async function withYoungDates(tx: Tx, { vo, day, moment, persons }: ClockTurn): Promise<number[]> {
  const { rows } = await tx.query<{ person_id: number }>(
    `select distinct person_id from membership
     where vo_id = $1 and person_id = any($2) and status = 'VALID' and expires = $3
       and origin <> 'config' and coalesce(status_since, since) > $4::timestamptz - interval '7 days'`,
    [vo, persons, day, moment],
  )
  return rows.map(({ person_id }) => person_id)
}
