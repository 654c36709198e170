import { count } from '../model/count.ts'
import type { GuardReason } from '../model/plan.ts'
import type { StructureChange } from './diff-structure.ts'

/** In percent of the groups there, and in number: fewer go without anybody being asked, as long as nobody loses too much by it. */
const limits = { percent: 10, from: 5 }

/** What a complete read says of itself. */
interface StructureNumbers {
  readonly source: string
  /** The base, as `vo/name`. */
  readonly place: string
  /** How many records it gave. */
  readonly named: number
  /** How many groups there are. */
  readonly have: number
}

/** Tells whether so many groups would go that the source may have left them out by mistake; that it names none is never believed. */
export function judgeStructure(
  { source, place, named, have }: StructureNumbers,
  changes: readonly StructureChange[],
): GuardReason[] {
  const removed = changes.filter(({ kind }) => kind === 'remove').length
  const subject = `source ${source}`
  const reason = { subject, removed, base: have }
  if (named === 0 && have > 0) {
    const message = `${subject} names no group below ${place}, where there are ${have} by it`
    return [{ code: 'source-empty', ...reason, removed: have, message }]
  }
  if (removed < limits.from || removed * 100 <= have * limits.percent) return []
  const limit = `${limits.percent}%`
  const message = `${subject} would remove ${removed} of ${count(have, 'group')} below ${place}, the limit is ${limit}`
  return [{ code: 'source-shrank', ...reason, message, limit }]
}
