import type { GuardReason } from '../../../core/model/plan.ts'
import type { SetLosses } from './judge-sync.ts'
import type { Skipped } from './skips.ts'

/** How many rows came, changed and went. */
export interface WrittenRows {
  readonly added: number
  readonly changed: number
  readonly removed: number
}

/** What a run came to. */
export type SyncResult = RunFacts &
  (
    | ({ readonly outcome: 'changed' } & WrittenRows)
    | { readonly outcome: 'unchanged' }
    /** Nothing was changed: the guard asks for somebody's word on these losses, by the digest. */
    | {
        readonly outcome: 'held'
        readonly digest: string
        readonly reasons: readonly GuardReason[]
        readonly losses: readonly SetLosses[]
      }
    /** Nothing was changed: nobody was named, not everybody was read, or the source failed. */
    | { readonly outcome: 'empty' | 'incomplete' }
    | { readonly outcome: 'failed'; readonly error: Error }
  )

export interface RunFacts {
  readonly subjects: number
  readonly skipped: readonly Skipped[]
}
