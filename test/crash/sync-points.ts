import type { CrashPoint } from '../../activities/crash-point.ts'

/** A moment of a run at which something is killed. */
export interface SyncPoint {
  readonly name: string
  readonly at: CrashPoint
  readonly passing: number
}

/** So many pages of people come, each staged before the next one. */
const pages = 2

/** Inside of the transaction; one of these a round. */
const inTheMiddle: readonly CrashPoint[] = ['sync.locked', 'sync.compared', 'sync.written']

/** The moments of a run of people, in order; in some round each step of its transaction is one of them. */
export function pointsOf(round: number): readonly SyncPoint[] {
  const middle = inTheMiddle[round % inTheMiddle.length] ?? 'sync.written'
  return [
    { name: 'before the source is read', at: 'sync.before-read', passing: 1 },
    { name: 'between two pages', at: 'sync.page', passing: pages / 2 },
    { name: 'with the last page', at: 'sync.page', passing: pages },
    { name: 'all staged, the VO not locked', at: 'sync.staged', passing: 1 },
    { name: 'in the middle of the transaction', at: middle, passing: 1 },
    { name: 'before the commit', at: 'sync.before-commit', passing: 1 },
    { name: 'committed and not reported', at: 'sync.after-commit', passing: 1 },
    { name: 'committed, the facilities not told', at: 'relay.after-fold', passing: 1 },
  ]
}

/** Of the run that makes groups. */
export const groupsPoint: SyncPoint = { name: 'groups changed and not reported', at: 'sync.made-groups', passing: 1 }
