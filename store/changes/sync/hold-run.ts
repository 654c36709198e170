import { approvalLastsMs, type Approval } from '../../../core/model/approval.ts'
import type { Loss } from '../../../core/model/plan.ts'
import type { Scope } from '../../../core/model/scope.ts'
import { approvalCoversRun } from '../../../core/plan/approval-covers.ts'
import { digestOfContent, digestOfHeld } from '../../../core/plan/digest.ts'
import { placeOf } from '../../holds.ts'
import type { Tx } from '../../pool.ts'
import { closeChange } from '../held/close-change.ts'
import { openChange } from '../held/hold-change.ts'
import { lapseChanges } from '../held/lapse-changes.ts'
import { setsOfExcess, vosOfExcess } from '../held/over-limit.ts'
import { forgetApproved } from '../losses.ts'
import { recordEvent, type Trail } from '../trail.ts'
import type { SyncedSet } from './find-set.ts'
import type { HeldRun } from './held-run.ts'
import type { RunContent, RunExcess } from './judge-sync.ts'

/** Holds a run in the place of one that was held before; one that would do the same stays the hold it is. Returns its digest. */
export async function holdRun(
  tx: Tx,
  { at, cause }: Trail,
  { set, content: { hash, people }, excess }: Holding,
): Promise<string> {
  const { sync, vo, group } = set
  const losses = lossesOf(excess)
  const digest = digestOfHeld(hash, losses)
  const content = contentOf(set)
  await endApprovals(tx, set, at)
  await lapseChanges(tx, { content, at })
  const open = await findOpen(tx, content)
  if (open !== undefined && open !== digest) await closeChange(tx, { digest: open, outcome: 'superseded', at })
  const said: HeldRun = { type: 'sync', act: 'run', sync, vo: vo.id, ...(group && { group: group.id }), people }
  const reason = excess.reasons.map(({ message }) => message).join('; ')
  const opening = {
    kind: 'sync',
    scope: scopeOf(set, excess),
    content,
    said,
    digest,
    asker: null,
    reason,
    cause,
    at,
  } as const
  await openChange(tx, opening, { reasons: excess.reasons, losses })
  return digest
}

interface Holding {
  readonly set: SyncedSet
  readonly content: RunContent
  readonly excess: RunExcess
}

/** Only one run of a sync is held at a time. */
function contentOf({ sync }: SyncedSet): string {
  return digestOfContent({ kind: 'sync', sync })
}

/** The VO's managers approve what is lost in the VO; what others lose with it is for an admin. */
function scopeOf({ vo }: SyncedSet, excess: RunExcess): Scope {
  const vos = vosOfExcess({ reasons: excess.reasons, losses: excess.losses.map(({ set }) => ({ set, user: 0 })) })
  return vos.every((name) => name === vo.name) ? `vo:${vo.name}` : 'instance'
}

function lossesOf({ losses }: RunExcess): Loss[] {
  return losses.flatMap(({ set, users }) => users.map((user) => ({ set, user })))
}

async function findOpen(tx: Tx, content: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ digest: string }>(
    `select digest from hold where content = $1 and closed_at is null and kind <> 'commit'`,
    [content],
  )
  return rows[0]?.digest
}

/** Finds the approval that the next run of a sync may use, where somebody has given one. */
export async function findApproval(tx: Tx, { sync }: SyncedSet, at: Date): Promise<Approval | undefined> {
  const { rows } = await tx.query<Approval>(
    `select id, scope, digest, losses, reasons, at from approval
     where sync_id = $1 and spent_at is null and at > $2 order by id desc limit 1`,
    [sync, new Date(at.getTime() - approvalLastsMs)],
  )
  return rows[0]
}

/** Uses an approval for a run that has been written, once, where it covers the run: what it was about does not count again. */
export async function useApproval(
  tx: Tx,
  { at, cause }: Trail,
  { set, content: { hash }, excess, approval }: Holding & { readonly approval: Approval },
): Promise<boolean> {
  const scope = scopeOf(set, excess)
  const losses = lossesOf(excess)
  const { reasons } = excess
  if (!approvalCoversRun(approval, { scope, digest: digestOfHeld(hash, losses), reasons, losses })) return false
  await tx.query('update approval set spent_at = $2 where id = $1', [approval.id, at])
  const personal = { digest: approval.digest }
  await recordEvent(tx, { cause, at }, { ...placeOf(scope), action: 'spend', kind: 'Approval', personal })
  const scopes: Scope[] = [scope, ...vosOfExcess({ reasons, losses }).map((vo): Scope => `vo:${vo}`)]
  await forgetApproved(tx, { scopes, sets: setsOfExcess({ reasons, losses }) })
  return true
}

/** Ends what is held of a sync, and approvals that nobody needs, once a run has passed. */
export async function endHold(tx: Tx, set: SyncedSet, at: Date): Promise<void> {
  const digest = await findOpen(tx, contentOf(set))
  if (digest !== undefined) await closeChange(tx, { digest, outcome: 'superseded', at })
  await endApprovals(tx, set, at)
}

async function endApprovals(tx: Tx, { sync }: SyncedSet, at: Date): Promise<void> {
  await tx.query('update approval set spent_at = $2 where sync_id = $1 and spent_at is null', [sync, at])
}
