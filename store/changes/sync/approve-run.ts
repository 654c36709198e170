import { GuildhallError } from '../../../core/errors.ts'
import type { GuardReason, Loss } from '../../../core/model/plan.ts'
import type { Authentication } from '../../../core/model/authentication.ts'
import type { Scope } from '../../../core/model/scope.ts'
import { placeOf } from '../../holds.ts'
import type { Tx } from '../../pool.ts'
import { closeChange } from '../held/close-change.ts'
import { recordEvent } from '../trail.ts'
import type { HeldRun } from './held-run.ts'

/** Whose next run may do what was held. */
export interface ApprovedRun {
  readonly source: string
  readonly vo: string
  readonly group?: string
}

interface Held {
  readonly scope: Scope
  readonly change: HeldRun
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly Loss[]
}

interface Word {
  readonly digest: string
  readonly by: string
  readonly authentication?: Authentication | undefined
  readonly reason: string
  readonly at: Date
}

/** Leaves the word that lets the next run pass which takes away no more than was held, and closes the hold. */
export async function approveRun(
  tx: Tx,
  held: Held,
  { digest, by, authentication, reason, at }: Word,
): Promise<ApprovedRun> {
  const { scope, change, reasons, losses } = held
  const found = await findSync(tx, change.sync)
  if (found === undefined)
    throw new GuildhallError(
      'HOLD_NOT_APPROVABLE',
      `Cannot approve "${digest}": what the source filled is not there any more; it lapses by itself`,
      { facts: { digest, scope } },
    )
  await tx.query(
    `insert into approval (scope, digest, losses, reasons, by, reason, at, sync_id)
     values ($1, $2, $3::jsonb, $4::jsonb, $5, $6, $7, $8)`,
    [scope, digest, JSON.stringify(losses), JSON.stringify(reasons), by, reason, at, change.sync],
  )
  const event = { ...placeOf(scope), action: 'add', kind: 'Approval', personal: { digest, reason } }
  await recordEvent(tx, { cause: { actor: by, authentication }, at }, event)
  await closeChange(tx, { digest, outcome: 'approved', at })
  return found
}

async function findSync(tx: Tx, sync: number): Promise<ApprovedRun | undefined> {
  const { rows } = await tx.query<{ source: string; vo: string; group: string | null }>(
    `select s.source, vo.name as vo, g.name as "group"
     from sync s join vo on vo.id = s.vo_id left join groups g on g.id = s.group_id where s.id = $1`,
    [sync],
  )
  return rows.map(({ source, vo, group }) => ({ source, vo, ...(group === null ? {} : { group }) }))[0]
}
