import type { GuardReason } from '../../../core/model/plan.ts'
import { skipName } from '../../../core/sources/skip-name.ts'
import type { Tx } from '../../pool.ts'
import type { SyncedSet } from './find-set.ts'
import type { WrittenRows } from './sync-result.ts'

/** What is noted of a run. */
interface NotedRun {
  readonly subjects: number
  readonly skipped: readonly { readonly reason: string; readonly of?: string; readonly count: number }[]
}

type RunResult = NotedRun &
  (
    | ({ readonly outcome: 'changed' } & WrittenRows)
    | { readonly outcome: 'held'; readonly digest: string; readonly reasons: readonly GuardReason[] }
    | { readonly outcome: 'incomplete' | 'unchanged' }
    | { readonly outcome: 'failed'; readonly error: Error }
  )

/** Notes what a run came to: the only thing that one without changes writes. */
export async function recordRun(
  tx: Tx,
  { sync }: SyncedSet,
  { result, at }: { readonly result: RunResult; readonly at: Date },
): Promise<void> {
  const { outcome, subjects, skipped } = result
  const { added, changed, removed } = result.outcome === 'changed' ? result : { added: 0, changed: 0, removed: 0 }
  const held = result.outcome === 'held' ? result : undefined
  await tx.query(
    `insert into sync_run (sync_id, at, outcome, subjects, added, changed, removed, skipped, digest, reasons, error, groups)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[sync, at, outcome, subjects, added, changed, removed],
      JSON.stringify(Object.fromEntries(skipped.map(({ count, ...left }) => [skipName(left), count]))),
      ...[held?.digest ?? null, held === undefined ? null : JSON.stringify(held.reasons)],
      result.outcome === 'failed' ? inOneLine(result.error.message) : null,
      result.outcome === 'changed' && result.groups !== undefined ? JSON.stringify(result.groups) : null,
    ],
  )
}

const longestError = 500

function inOneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ')
  return line.length <= longestError ? line : `${line.slice(0, longestError - 1)}…`
}
