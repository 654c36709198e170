import type { Pool } from 'pg'
import { GuildhallError } from '../core/errors.ts'
import type { Scope } from '../core/model/scope.ts'
import type { Tx } from './pool.ts'

/** Takes a new epoch for the scopes: whoever wrote them under an older one can no longer commit. */
export async function takeEpoch(pool: Pool, scopes: readonly Scope[]): Promise<number> {
  const { rows } = await pool.query<{ epoch: number }>(
    `with fresh as materialized (select nextval('fence_epoch')::integer as epoch),
     taken as (
       insert into fence (scope, epoch)
       select wanted.scope, fresh.epoch from unnest($1::text[]) as wanted(scope), fresh order by 1
       on conflict (scope) do update set epoch = greatest(fence.epoch, excluded.epoch)
     )
     select epoch from fresh`,
    [[...new Set(scopes)]],
  )
  return rows[0]?.epoch ?? 0
}

/** Throws FENCED unless the epoch is still the scope's newest; keeps it so until the transaction ends. */
export async function requireFence(tx: Tx, scope: Scope, epoch: number): Promise<void> {
  const { rowCount } = await tx.query('select 1 from fence where scope = $1 and epoch = $2 for share', [scope, epoch])
  if (rowCount === 1) return
  throw new GuildhallError(
    'FENCED',
    `Cannot write scope "${scope}" under epoch ${epoch}: a newer reconciler has taken it over; nothing was changed`,
    { facts: { scope, epoch } },
  )
}
