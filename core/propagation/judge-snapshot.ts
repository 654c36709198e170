import type { Limits } from '../config/guard.ts'

/** What went into a snapshot and what came out, in numbers; nothing in it grows with the people. */
export interface SnapshotSize {
  /** Lines of all files. */
  readonly lines: number
  /**
   * How many of each kind the generator walked, with those whom a missing attribute keeps out; of one that walks nobody,
   * groups and resources.
   */
  readonly given: Readonly<Record<string, number>>
}

/** Why a snapshot waits for somebody's word. */
export interface SnapshotLoss {
  readonly lost: number
  /** Lines before. */
  readonly base: number
  /** As people read it: `20%`, or a number of lines. */
  readonly limit: string
}

/**
 * Tells what a snapshot loses that no change of access explains, where that is more than the limits allow. Where fewer
 * people or groups go in, as many fewer lines may come out; what is lost beyond that is the work of a template, an option or
 * a missing value (design section 7).
 */
export function judgeSnapshot(before: SnapshotSize, now: SnapshotSize, limits: Limits): SnapshotLoss | undefined {
  const base = before.lines
  const lost = Math.floor(base * shareThatStays(before.given, now.given)) - now.lines
  if (lost <= 0) return undefined
  if (base >= limits.from && lost * 100 > limits.remove * base) return { lost, base, limit: `${limits.remove}%` }
  return lost > limits.people ? { lost, base, limit: `${limits.people} lines` } : undefined
}

/** Of the kind of which the most are gone; kinds that were walked only once tell nothing. */
function shareThatStays(before: SnapshotSize['given'], now: SnapshotSize['given']): number {
  const shares = Object.entries(before).flatMap(([kind, had]) => {
    const has = now[kind]
    return has === undefined || had === 0 ? [] : [has / had]
  })
  return Math.min(1, ...shares)
}
