import type { Surroundings } from '../../../core/config/catalog.ts'
import { GuildhallError } from '../../../core/errors.ts'
import { lapsedUntil } from '../../../core/model/approval.ts'
import type { Authentication } from '../../../core/model/authentication.ts'
import type { ChangeKind } from '../../../core/model/hold.ts'
import type { Scope } from '../../../core/model/scope.ts'
import type { UserId } from '../../../core/model/state.ts'
import { placeOf, unknownHold } from '../../holds.ts'
import type { Tx } from '../../pool.ts'
import { forgetApproved } from '../losses.ts'
import { recordEvent, type Cause } from '../trail.ts'
import { approveRun } from '../sync/approve-run.ts'
import { carryOut, lockForAct, type Carried } from './carry-out.ts'
import { changeOrHold, type Done } from './change-or-hold.ts'
import { closeChange } from './close-change.ts'
import { isBoundToScope, type HeldAct, type HeldContent } from './held-act.ts'
import { setsOfExcess, vosOfExcess, type Excess } from './over-limit.ts'

/** Somebody's word that a change that is held by itself may be made. */
export interface ChangeApproval {
  readonly digest: string
  readonly by: string
  readonly authentication?: Authentication | undefined
  readonly reason: string
  readonly at: Date
  /** Checks values against the schemas of today. */
  readonly compileSchema: Surroundings['compileSchema']
}

/** What the change came to: it was made, or would take away more by now and is held anew, maybe for another scope. */
export type ApprovedChange = { readonly scope: Scope } & Done<Carried>

interface HeldRow<T = HeldContent> extends Excess {
  readonly scope: Scope
  readonly kind: ChangeKind
  readonly change: T
  readonly by: string
  readonly asker: UserId | null
  readonly authentication: Authentication | null
  readonly reason: string
  readonly since: Date
}

/**
 * Approves a change and makes it, once, in the caller's transaction; a run of a source is made by the next read of it. Where others would lose something by it than those whom the
 * approval is about, it is held anew instead. Throws HOLD_UNKNOWN, HOLD_NOT_APPROVABLE where it has lapsed or there is nothing left
 * to change, and what the change itself may throw.
 */
export async function approveChange(tx: Tx, approval: ChangeApproval): Promise<ApprovedChange> {
  const held = await takeHold(tx, approval.digest)
  requireInTime(held, approval)
  const { change } = held
  if (change.type === 'sync') {
    const answers = [await approveRun(tx, { ...held, change }, approval)]
    return { scope: held.scope, kind: 'done', result: { type: change.type, answers } }
  }
  return approveAct(tx, { ...held, change }, approval)
}

async function approveAct(tx: Tx, held: HeldRow<HeldAct>, approval: ChangeApproval): Promise<ApprovedChange> {
  const { scope, kind, change, asker, reason } = held
  const { digest, at } = approval
  const again = {
    kind,
    // Others may lose something by now than those who made it one VO's.
    scope: isBoundToScope(change) ? scope : undefined,
    content: async () => change,
    reason,
    cause: causeOf(held),
    at,
    replaces: { digest, asker },
  }
  const done = await changeOrHold(tx, again, async () => {
    await spend(tx, held, approval)
    await closeChange(tx, { digest, outcome: 'approved', at })
    const carried = await doHeld(tx, held, approval)
    // Judged beside them, it was approved with them: they do not count again.
    const scopes: Scope[] = [scope, ...vosOfExcess(held).map((vo): Scope => `vo:${vo}`)]
    await forgetApproved(tx, { scopes, sets: setsOfExcess(held) })
    return carried
  })
  return { scope, ...done }
}

/** Locks what is written to before the hold, as whoever writes does. */
async function takeHold(tx: Tx, digest: string): Promise<HeldRow> {
  const found = await tx.query<{ change: HeldContent }>(`select change from hold where digest = $1 and ${isOpen}`, [
    digest,
  ])
  for (const { change } of found.rows) await lockForAct(tx, change)
  const { rows } = await tx.query<HeldRow>(
    `select scope, kind, change, by, asker, authentication, reason, reasons, losses, opened_at as since from hold where digest = $1 and ${isOpen} for update`,
    [digest],
  )
  const [held] = rows
  if (held === undefined) throw unknownHold(digest)
  return held
}

const isOpen = `kind <> 'commit' and closed_at is null`

/** The workflow that lets a hold lapse may be late. */
function requireInTime({ scope, since }: HeldRow, { digest, at }: ChangeApproval): void {
  if (since > lapsedUntil(at)) return
  throw new GuildhallError(
    'HOLD_NOT_APPROVABLE',
    `Cannot approve "${digest}": it was held on ${since.toISOString()}, and nobody approved it within 72 hours; whoever still wants the change enters it again`,
    { facts: { digest, scope, since: since.toISOString() } },
  )
}

/** The approval is used by the transaction that gives it. */
async function spend(
  tx: Tx,
  { scope, losses, reasons }: HeldRow,
  { digest, by, authentication, reason, at }: ChangeApproval,
): Promise<void> {
  await tx.query(
    `insert into approval (scope, digest, losses, reasons, by, reason, at, spent_at)
     values ($1, $2, $3::jsonb, $4::jsonb, $5, $6, $7, $7)`,
    [scope, digest, JSON.stringify(losses), JSON.stringify(reasons), by, reason, at],
  )
  const personal = { digest, reason }
  const cause = { actor: by, authentication }
  await recordEvent(tx, { cause, at }, { ...placeOf(scope), action: 'add', kind: 'Approval', personal })
}

async function doHeld(tx: Tx, held: HeldRow<HeldAct>, { digest, at, compileSchema }: ChangeApproval): Promise<Carried> {
  const { scope, change, reason, reasons, losses, since } = held
  const approved = { reasons, losses }
  const carried = await carryOut(tx, change, { reason, cause: causeOf(held), now: at, since, approved, compileSchema })
  if (carried.answers.length > 0) return carried
  throw new GuildhallError(
    'HOLD_NOT_APPROVABLE',
    `Cannot approve "${digest}": nothing and nobody that it is about is there any more; it lapses by itself`,
    { facts: { digest, scope } },
  )
}

/** Who approves a change does not become the one whose change it is. */
function causeOf({ by, authentication }: HeldRow): Cause {
  return authentication === null ? { actor: by } : { actor: by, authentication }
}
