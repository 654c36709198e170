import { GuildhallError } from '../core/errors.ts'
import type { Approval } from '../core/model/approval.ts'
import type { GuardReason, Loss } from '../core/model/plan.ts'
import type { Scope } from '../core/model/scope.ts'
import type { Db, Tx } from './pool.ts'

/** What the guard holds of one scope. */
export interface Hold {
  readonly scope: Scope
  readonly digest: string
  readonly commit: string
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly Loss[]
  readonly since: Date
}

/** An approval with who gave it. */
export interface GivenApproval extends Approval {
  readonly by: string
  readonly reason: string
}

/** Opens the scope's hold; one with the same digest is kept, another one replaced. */
export async function openHold(
  tx: Tx,
  hold: Omit<Hold, 'since'> & { readonly at: Date },
): Promise<'opened' | 'kept' | 'replaced'> {
  const open = await tx.query<{ digest: string }>(
    'select digest from hold where scope = $1 and closed_at is null for update',
    [hold.scope],
  )
  const before = open.rows[0]?.digest
  if (before === hold.digest) return 'kept'
  await closeHold(tx, { scope: hold.scope, outcome: 'superseded', at: hold.at })
  await tx.query(
    `insert into hold (scope, digest, commit, reasons, losses, opened_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6)`,
    [hold.scope, hold.digest, hold.commit, JSON.stringify(hold.reasons), JSON.stringify(hold.losses), hold.at],
  )
  return before === undefined ? 'opened' : 'replaced'
}

/** Closes the scope's hold, if one is open. */
export async function closeHold(
  tx: Tx,
  { scope, outcome, at }: { readonly scope: Scope; readonly outcome: string; readonly at: Date },
): Promise<void> {
  await tx.query('update hold set closed_at = $3, outcome = $2 where scope = $1 and closed_at is null', [
    scope,
    outcome,
    at,
  ])
}

/** Lists the open holds by scope. */
export async function listHolds(db: Db): Promise<Hold[]> {
  const { rows } = await db.query<Hold>(
    `select scope, digest, commit, reasons, losses, opened_at as since from hold where closed_at is null order by scope`,
  )
  return rows
}

/** Approves the open hold of a digest; throws HOLD_UNKNOWN where none is open. */
export async function approveHold(
  tx: Tx,
  approval: { readonly digest: string; readonly by: string; readonly reason: string; readonly at: Date },
): Promise<GivenApproval> {
  const { rows } = await tx.query<GivenApproval>(
    `insert into approval (scope, digest, losses, reasons, by, reason, at)
     select scope, digest, losses, reasons, $2, $3, $4 from hold where digest = $1 and closed_at is null
     returning id, scope, digest, losses, reasons, by, reason, at`,
    [approval.digest, approval.by, approval.reason, approval.at],
  )
  const given = rows[0]
  if (given !== undefined) return given
  throw new GuildhallError(
    'HOLD_UNKNOWN',
    `Cannot approve "${approval.digest}": no open hold has this digest; \`guildhall holds\` lists those that are open`,
    { facts: { digest: approval.digest } },
  )
}

/** Lists unspent approvals given after a moment, of one scope or of all, newest first. */
export async function findApprovals(
  db: Db,
  { scope, after }: { readonly scope?: Scope; readonly after: Date },
): Promise<GivenApproval[]> {
  const { rows } = await db.query<GivenApproval>(
    `select id, scope, digest, losses, reasons, by, reason, at from approval
     where ($1::text is null or scope = $1) and at > $2 and spent_at is null order by id desc`,
    [scope ?? null, after],
  )
  return rows
}

/** Spends an approval and clears the scope's losses: what was approved does not count again. */
export async function spendApproval(tx: Tx, { id, at }: { readonly id: number; readonly at: Date }): Promise<void> {
  const { rows } = await tx.query<{ scope: string }>(
    'update approval set spent_at = $2 where id = $1 and spent_at is null returning scope',
    [id, at],
  )
  const scope = rows[0]?.scope
  if (scope === undefined) {
    throw new GuildhallError(
      'HOLD_NOT_APPROVABLE',
      `Cannot use approval ${id}: it was used already; approve once more`,
      {
        facts: { approval: id },
      },
    )
  }
  await tx.query('delete from loss where scope = $1', [scope])
}
