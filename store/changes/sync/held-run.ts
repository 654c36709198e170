/** A run of a source that is held: what the source said is not kept, the next run says it again. */
export interface HeldRun {
  readonly type: 'sync'
  readonly act: 'run'
  readonly sync: number
  readonly vo: number
  /** Absent where the source fills the VO itself. */
  readonly group?: number
  /** How many people it would change something about. */
  readonly people: number
}
