import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import type { SyncedSet } from './find-set.ts'
import { judgeSync, type Before } from './judge-sync.ts'
import { placesOfSynced, settlePeople } from './settle-synced.ts'

/**
 * Judges a run as if the dates had come that it has brought within a week: the guard counts no end that could be seen coming for so
 * long, and a source that ends everybody tomorrow would never be asked. `look` sees the losses; all is undone afterwards.
 */
export async function judgeNearDates<T>(
  tx: Tx,
  trail: Trail,
  { set, before, look }: { readonly set: SyncedSet; readonly before: Before; readonly look: Look<T> },
): Promise<T | undefined> {
  const { rowCount } = await tx.query('select 1 from sync_diff where is_near limit 1')
  if (rowCount === 0) return undefined
  await tx.query('savepoint as_if_come')
  const had = await placesOfSynced(tx)
  await tx.query(
    `update membership m set status = 'EXPIRED' from sync_diff d
     where d.is_near and m.person_id = d.person_id and m.vo_id = $1 and m.group_id is not distinct from d.group_id
       and m.origin = 'sync' and m.origin_name = $2`,
    [set.vo.id, set.source],
  )
  await tx.query('update sync_diff set is_over = true where is_near')
  await settlePeople(tx, trail, { set, had })
  const seen = await look(await judgeSync(tx, set, { before, at: trail.at }))
  await tx.query('rollback to savepoint as_if_come')
  return seen
}

type Look<T> = (reasons: Awaited<ReturnType<typeof judgeSync>>) => Promise<T | undefined>
