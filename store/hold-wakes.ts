import type { ChangeKind } from '../core/model/hold.ts'
import type { Scope } from '../core/model/scope.ts'
import type { Db } from './pool.ts'

/** Changes that are held, or no longer, with the rows that say so. */
export interface HoldWakes {
  readonly ids: readonly string[]
  readonly holds: readonly WokenHold[]
}

interface WokenHold {
  readonly kind: ChangeKind
  readonly scope: Scope
  readonly digest: string
  readonly sinceAt: number
  /** Absent while it is open. */
  readonly closedAt?: number
  /** Under which scopes it was held before; absent where its VO has kept its name. */
  readonly left?: readonly Scope[]
}

interface HoldWakeRow {
  readonly ids: readonly string[]
  readonly kind: ChangeKind
  readonly scope: Scope
  readonly digest: string
  readonly since: Date
  readonly closed: Date | null
  readonly left: readonly Scope[] | null
}

/** Reads which changes are held or no longer; `forgetHoldWakes` acknowledges it once their workflows were told. */
export async function readHoldWakes(db: Db): Promise<HoldWakes> {
  const { rows } = await db.query<HoldWakeRow>(
    `select array_agg(w.id::text) as ids, h.kind, h.scope, h.digest, h.opened_at as since, h.closed_at as closed,
       array_agg(distinct w.left_scope) filter (where w.left_scope <> h.scope) as left
     from hold_wake w join hold h on h.id = w.hold_id
     group by h.id order by h.id`,
  )
  return {
    ids: rows.flatMap(({ ids }) => ids),
    holds: rows.map(({ kind, scope, digest, since, closed, left }) => ({
      ...{ kind, scope, digest, sinceAt: since.getTime() },
      ...(closed === null ? {} : { closedAt: closed.getTime() }),
      ...(left === null ? {} : { left }),
    })),
  }
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetHoldWakes(db: Db, { ids }: Pick<HoldWakes, 'ids'>): Promise<void> {
  if (ids.length > 0) await db.query('delete from hold_wake where id = any($1::bigint[])', [ids])
}
