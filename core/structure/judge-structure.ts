import { count } from '../model/count.ts'
import type { GuardReason } from '../model/plan.ts'
import type { StructureChange } from './diff-structure.ts'

/** In percent of the groups there, and in number: fewer go without anybody being asked, as long as nobody loses too much by it. */
const limits = { percent: 10, from: 5 }

/** Tells whether so many groups would go that the source may have left them out by mistake. */
export function judgeStructure(subject: string, have: number, changes: readonly StructureChange[]): GuardReason[] {
  const removed = changes.filter(({ kind }) => kind === 'remove').length
  if (removed < limits.from || removed * 100 <= have * limits.percent) return []
  const limit = `${limits.percent}%`
  const message = `${subject} would lose ${removed} of ${count(have, 'group')} below it, the limit is ${limit}`
  return [{ code: 'removes-too-many', subject, message, removed, base: have, limit }]
}
