import { GuildhallError } from '../core/errors.ts'
import { lapsedUntil, type Approval } from '../core/model/approval.ts'
import type { Authentication } from '../core/model/authentication.ts'
import type { HoldKind } from '../core/model/hold.ts'
import type { GuardReason, Loss } from '../core/model/plan.ts'
import { voOfScope, type Scope } from '../core/model/scope.ts'
import { recordEvent } from './changes/trail.ts'
import type { Db, Tx } from './pool.ts'

/** What the guard holds: a scope, or one change by itself. */
export interface Hold {
  readonly kind: HoldKind
  readonly scope: Scope
  readonly digest: string
  /** Null for a change that is held by itself. */
  readonly commit: string | null
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly Loss[]
  readonly since: Date
}

/** An approval with who gave it. */
export interface GivenApproval extends Approval {
  readonly by: string
  readonly reason: string
}

/** What became of a hold, and since when it has waited. */
export interface OpenedHold {
  readonly kind: 'kept' | 'opened' | 'replaced'
  readonly since: Date
}

/** A scope of a commit that is to be held. */
interface HeldScope extends Omit<Hold, 'since' | 'kind'> {
  readonly commit: string
  readonly at: Date
}

/** Opens the scope's hold; one with the same digest is kept, another one replaced. A new one voids approvals that did not cover it. */
export async function openHold(tx: Tx, hold: HeldScope): Promise<OpenedHold> {
  const open = await tx.query<{ digest: string; since: Date }>(
    `select digest, opened_at as since from hold where scope = $1 and kind = 'commit' and closed_at is null for update`,
    [hold.scope],
  )
  const before = open.rows[0]
  if (before?.digest === hold.digest) return { kind: 'kept', since: before.since }
  await closeHold(tx, { scope: hold.scope, outcome: 'superseded', at: hold.at })
  await endApprovals(tx, { scope: hold.scope, at: hold.at })
  await tx.query(
    `insert into hold (scope, digest, commit, reasons, losses, opened_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6)`,
    [hold.scope, hold.digest, hold.commit, JSON.stringify(hold.reasons), JSON.stringify(hold.losses), hold.at],
  )
  const { scope, digest, commit, at } = hold
  const cause = { commit, actor: `commit/${commit}` }
  await recordEvent(tx, { cause, at }, { ...placeOf(scope), action: 'open', kind: 'Hold', personal: { digest } })
  return { kind: before === undefined ? 'opened' : 'replaced', since: at }
}

/** Closes the scope's hold, if one is open. */
export async function closeHold(
  tx: Tx,
  { scope, outcome, at }: { readonly scope: Scope; readonly outcome: string; readonly at: Date },
): Promise<void> {
  const { rows } = await tx.query<{ digest: string }>(
    `update hold set closed_at = $3, outcome = $2 where scope = $1 and kind = 'commit' and closed_at is null returning digest`,
    [scope, outcome, at],
  )
  for (const { digest } of rows) {
    const personal = { digest, outcome }
    await recordEvent(tx, { cause: daemon, at }, { ...placeOf(scope), action: 'close', kind: 'Hold', personal })
  }
}

/** Tells when the scope's newest hold was closed; undefined where it is open, was closed before `since`, or never was. */
export async function findHoldEnd(
  db: Db,
  { scope, since }: { readonly scope: Scope; readonly since: Date },
): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select closed_at as at from hold where scope = $1 and kind = 'commit' order by id desc limit 1`,
    [scope],
  )
  const at = rows[0]?.at ?? undefined
  return at !== undefined && at >= since ? at : undefined
}

/**
 * Whether a hold waits for somebody's word, $1 being the moment up to which holds have lapsed, or null: a change by itself waits no longer
 * than that, also where nobody is there to close it; what a commit asks for is held anew with each run.
 */
export const isWaiting = `closed_at is null and (kind = 'commit' or opened_at > coalesce($1, '-infinity'::timestamptz))`

/** Lists the open holds by scope, that of a commit first, then by time; as of a moment without those that have lapsed by then. */
export async function listHolds(db: Db, asOf?: Date): Promise<Hold[]> {
  const { rows } = await db.query<Hold>(
    `select kind, scope, digest, commit, reasons, losses, opened_at as since from hold
     where ${isWaiting} order by scope, kind <> 'commit', id`,
    [asOf === undefined ? null : lapsedUntil(asOf)],
  )
  return rows
}

/** Somebody's word about a hold. */
interface Approving {
  readonly digest: string
  readonly by: string
  readonly authentication?: Authentication | undefined
  readonly reason: string
  readonly at: Date
}

/** Approves the open hold of a commit's scope; throws HOLD_UNKNOWN where none is open. */
export async function approveHold(tx: Tx, approval: Approving): Promise<GivenApproval> {
  const { rows } = await tx.query<GivenApproval>(
    `insert into approval (scope, digest, losses, reasons, by, reason, at)
     select scope, digest, losses, reasons, $2, $3, $4 from hold where digest = $1 and kind = 'commit' and closed_at is null
     returning id, scope, digest, losses, reasons, by, reason, at`,
    [approval.digest, approval.by, approval.reason, approval.at],
  )
  const given = rows[0]
  if (given !== undefined) {
    const { scope, digest, by, reason, at } = given
    const personal = { digest, reason }
    await recordEvent(
      tx,
      { cause: { actor: by, authentication: approval.authentication }, at },
      { ...placeOf(scope), action: 'add', kind: 'Approval', personal },
    )
    return given
  }
  throw unknownHold(approval.digest)
}

/** The error for a digest that no open hold has. */
export function unknownHold(digest: string): GuildhallError {
  return new GuildhallError(
    'HOLD_UNKNOWN',
    `Cannot approve "${digest}": no open hold has this digest; \`guildhall holds\` lists those that are open`,
    { facts: { digest } },
  )
}

/** Lists unspent approvals of commits given after a moment, of one scope or of all, newest first. */
export async function findApprovals(
  db: Db,
  { scope, after }: { readonly scope?: Scope; readonly after: Date },
): Promise<GivenApproval[]> {
  const { rows } = await db.query<GivenApproval>(
    `select id, scope, digest, losses, reasons, by, reason, at from approval
     where ($1::text is null or scope = $1) and at > $2 and spent_at is null and sync_id is null order by id desc`,
    [scope ?? null, after],
  )
  return rows
}

/** Spends an approval, with any other of the scope, and clears the scope's losses: what was approved does not count again. */
export async function spendApproval(tx: Tx, { id, at }: { readonly id: number; readonly at: Date }): Promise<void> {
  const { rows } = await tx.query<{ scope: Scope; digest: string }>(
    'update approval set spent_at = $2 where id = $1 and spent_at is null and sync_id is null returning scope, digest',
    [id, at],
  )
  const [spent] = rows
  if (spent === undefined) {
    throw new GuildhallError(
      'HOLD_NOT_APPROVABLE',
      `Cannot use approval ${id}: it was used already; approve once more`,
      {
        facts: { approval: id },
      },
    )
  }
  const { scope, digest } = spent
  await endApprovals(tx, { scope, at })
  await tx.query('delete from loss where scope = $1', [scope])
  await recordEvent(
    tx,
    { cause: daemon, at },
    { ...placeOf(scope), action: 'spend', kind: 'Approval', personal: { digest } },
  )
}

const daemon = { actor: 'guildhall' }

/** How an event names a scope. */
export function placeOf(scope: Scope): { readonly vo: string | undefined; readonly name: string } {
  return { vo: voOfScope(scope), name: scope }
}

/** An approval that was passed over must not let the same changes through another time. */
async function endApprovals(tx: Tx, { scope, at }: { readonly scope: string; readonly at: Date }): Promise<void> {
  await tx.query('update approval set spent_at = $2 where scope = $1 and spent_at is null and sync_id is null', [
    scope,
    at,
  ])
}
