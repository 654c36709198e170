/** What a run of a sync that is in the database came to: counts, and a digest where it is held. */
export interface EndedRun {
  readonly kind: 'changed' | 'unchanged' | 'held' | 'incomplete' | 'failed'
  /** How many records the source gave. */
  readonly subjects: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** How many records, groups or values were left out; of a record that lacks a value (`value-…`) the rest was taken. */
  readonly skipped: number
  readonly digest?: string
}
