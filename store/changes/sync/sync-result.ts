import type { RunExcess } from './judge-sync.ts'
import type { Skipped } from './skips.ts'

/** How many rows came, changed and went. */
export interface WrittenRows {
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** The same by group, of a run that is spread over groups; the VO itself has no name. */
  readonly groups?: Readonly<Record<string, Omit<WrittenRows, 'groups' | 'levels' | 'values'>>>
  /** How many values of people became others; absent where none did. */
  readonly values?: number
  /** How many identities were noted as seen with a level. */
  readonly levels?: number
}

/** What a run came to. */
export type SyncResult = RunFacts &
  (
    | ({ readonly outcome: 'changed' } & WrittenRows)
    | { readonly outcome: 'unchanged' }
    /** Nothing was changed: the guard asks for somebody's word on these losses, by the digest of a hold. */
    | ({ readonly outcome: 'held'; readonly digest: string } & RunExcess)
    /** Nothing was changed: not everybody was read, or the source failed. */
    | { readonly outcome: 'incomplete' }
    | { readonly outcome: 'failed'; readonly error: Error }
  )

export interface RunFacts {
  readonly subjects: number
  readonly skipped: readonly Skipped[]
}
