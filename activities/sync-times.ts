/** When a sync is due: again and again, or at times of day. */
export interface SyncTimes {
  /** An ISO 8601 duration of weeks, days, hours and minutes. */
  readonly every?: string
  /** As `HH:MM`. */
  readonly at?: readonly string[]
  /** Where the times of day are meant. */
  readonly zone: string
}
