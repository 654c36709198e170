import type { MembershipRow, MemberStatus } from '../model/state.ts'

/** A VO member who left an authoritative group by its source, or whom the source calls over there. */
export interface LetGo {
  readonly status: MemberStatus
  /** The rows that are left. */
  readonly rows: readonly LeftRow[]
}

/** A row that may hold the member still. */
export interface LeftRow {
  readonly origin: MembershipRow['origin']
  readonly status: MembershipRow['status']
  /** False for a row of the VO's own. */
  readonly isOfGroup: boolean
  /** Whether a source fills the group with authority over the VO. */
  readonly isAuthoritative: boolean
}

/**
 * Tells the status of a member whom an authoritative group has lost: EXPIRED at once, unless another authoritative group or a
 * row of another origin, itself VALID, holds them.
 */
export function statusOnceLetGo({ status, rows }: LetGo): MemberStatus {
  if (status === 'EXPIRED' || status === 'DISABLED') return status
  return rows.some(outlivesSync) ? status : 'EXPIRED'
}

function outlivesSync({ origin, status, isOfGroup, isAuthoritative }: LeftRow): boolean {
  if (status !== 'VALID') return false
  if (origin === 'sync') return isAuthoritative
  return !isOfGroup || origin === 'config' || origin === 'rule'
}

/** Tells whether a row of git or a source that is new, or has become another, brings a member back: what a person ended stays ended. */
export function isBroughtBack({
  status,
  endedByPerson,
}: {
  readonly status: MemberStatus
  readonly endedByPerson: boolean
}): boolean {
  return status === 'EXPIRED' || (status === 'DISABLED' && !endedByPerson)
}
