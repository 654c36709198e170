/** What a run of a sync that is in the database came to: counts, and a digest where it is held. */
export interface EndedRun {
  readonly kind: 'changed' | 'unchanged' | 'held' | 'incomplete' | 'failed'
  /** How many records the source gave. */
  readonly subjects: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** Of how many nothing was taken. */
  readonly skipped: number
  readonly digest?: string
}
