import { GuildhallError } from '../../../core/errors.ts'
import type { ChangeKind } from '../../../core/model/hold.ts'
import { voOfScope, type Scope } from '../../../core/model/scope.ts'
import { lockVos } from '../../locks.ts'
import { placeOf, unknownHold } from '../../holds.ts'
import type { Tx } from '../../pool.ts'
import { actOnMembers, type ActAnswer } from '../memberships/act.ts'
import { readHeldAct, type HeldAct } from '../memberships/held-act.ts'
import { recordEvent } from '../trail.ts'
import { changeOrHold, type Done } from './change-or-hold.ts'
import { closeChange } from './close-change.ts'
import type { Excess } from './over-limit.ts'

/** Somebody's word that a change that is held by itself may be made. */
export interface ChangeApproval {
  readonly digest: string
  readonly by: string
  readonly reason: string
  readonly at: Date
}

/** What was approved, and what the change came to: it was made, or would take away more by now and is held anew. */
export type ApprovedChange = { readonly scope: Scope } & Done<readonly ActAnswer[]>

interface HeldRow extends Excess {
  readonly scope: Scope
  readonly kind: ChangeKind
  readonly change: HeldAct
  readonly by: string
  readonly reason: string
}

/**
 * Approves a change and makes it, once, in the caller's transaction. Where others would lose something by it than those whom the
 * approval is about, it is held anew instead. Throws HOLD_UNKNOWN, HOLD_NOT_APPROVABLE where there is nothing left to change, and
 * what the change itself may throw.
 */
export async function approveChange(tx: Tx, approval: ChangeApproval): Promise<ApprovedChange> {
  const { digest, at } = approval
  const held = await takeHold(tx, digest)
  const { scope, kind, change, by, reason } = held
  const again = { kind, scope, content: change, reason, cause: { actor: by }, at, replaces: digest }
  const done = await changeOrHold(tx, again, async () => {
    await spend(tx, held, approval)
    await closeChange(tx, { digest, outcome: 'approved', at })
    const answers = await carryOut(tx, held, approval)
    // Judged beside them, it was approved with them: they do not count again.
    await tx.query('delete from loss where scope = $1', [scope])
    return answers
  })
  return { scope, ...done }
}

/** Locks VOs before the hold, as whoever writes to a VO does. */
async function takeHold(tx: Tx, digest: string): Promise<HeldRow> {
  const found = await tx.query<{ scope: Scope }>(`select scope from hold where digest = $1 and ${isOpen}`, [digest])
  const vos = found.rows.flatMap(({ scope }) => voOfScope(scope) ?? [])
  await lockVos(tx, vos, { mode: 'shared' })
  const { rows } = await tx.query<HeldRow>(
    `select scope, kind, change, by, reason, reasons, losses from hold where digest = $1 and ${isOpen} for update`,
    [digest],
  )
  const [held] = rows
  if (held === undefined) throw unknownHold(digest)
  return held
}

const isOpen = `kind <> 'commit' and closed_at is null`

/** The approval is used by the transaction that gives it. */
async function spend(
  tx: Tx,
  { scope, losses, reasons }: HeldRow,
  { digest, by, reason, at }: ChangeApproval,
): Promise<void> {
  await tx.query(
    `insert into approval (scope, digest, losses, reasons, by, reason, at, spent_at)
     values ($1, $2, $3::jsonb, $4::jsonb, $5, $6, $7, $7)`,
    [scope, digest, JSON.stringify(losses), JSON.stringify(reasons), by, reason, at],
  )
  const personal = { digest, reason }
  await recordEvent(tx, { cause: { actor: by }, at }, { ...placeOf(scope), action: 'add', kind: 'Approval', personal })
}

async function carryOut(tx: Tx, held: HeldRow, { digest, at }: ChangeApproval): Promise<readonly ActAnswer[]> {
  const { change, by, reason, reasons, losses } = held
  const act = await readHeldAct(tx, change)
  if (act === undefined || act.requests.length === 0) {
    throw new GuildhallError(
      'HOLD_NOT_APPROVABLE',
      `Cannot approve "${digest}": the VO, the group or the people it is about are no more; it lapses by itself`,
      { facts: { digest, scope: held.scope } },
    )
  }
  return actOnMembers(tx, { ...act, reason, cause: { actor: by }, now: at, approved: { reasons, losses } })
}
