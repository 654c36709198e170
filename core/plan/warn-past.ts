import type { Finding } from '../model/finding.ts'
import type { Draft } from './draft.ts'
import { isRowChange } from './order-changes.ts'
import { isOver } from './set-dates.ts'

/** Warns of memberships that a commit writes and that are over from the start. */
export function warnPast({ changes, today }: Pick<Draft, 'changes' | 'today'>): Finding[] {
  return changes.filter(isRowChange).flatMap(({ vo, user, expires, at }): Finding[] => {
    const date = expires?.after ?? undefined
    if (!isOver(date, today(vo))) return []
    const message = `the membership of "${user}" ended on ${date ?? ''}: it will be EXPIRED; name a later day, or take it out`
    return [{ severity: 'warning', code: 'date-past', message, ...(at === undefined ? {} : { at }) }]
  })
}
