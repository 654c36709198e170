import { durationOf, plus, type Day } from '../lifecycle/calendar.ts'
import { isKind } from '../model/config-object.ts'
import { lapsedPeople } from './diff-rows.ts'
import type { Draft } from './draft.ts'
import { endsBetween } from './endings.ts'

/** A membership that ends on a date which stood for so long is no loss that the guard counts. */
const expected = { months: 0, days: 7 }

/**
 * The draft as it will be once the dates and the grace that it writes and that end within a week are over: nobody will be asked
 * again before they do, so the guard judges them now. Undefined where there are none.
 */
export function lookAhead(draft: Draft): Draft | undefined {
  const later = (vo: string): Day => plus(draft.today(vo), expected)
  const endsSoon = [...draft.diffs.values()].some((diff) => {
    const { vo } = diff.set
    return lapsedPeople(diff, later(vo)).length > lapsedPeople(diff, draft.today(vo)).length
  })
  return endsSoon || bringsNearEnd(draft, later) || bringsShortGrace(draft, later)
    ? { ...draft, today: later }
    : undefined
}

/** A commit may end a VO, group or resource within that time. */
function bringsNearEnd(draft: Draft, later: (vo: string) => Day): boolean {
  const kinds = ['VO', 'Group', 'Resource'] as const
  return kinds.some((kind) => draft.ofKind(kind).some((pair) => endsBetween(pair, (vo) => draft.today(vo), later)))
}

/** A commit that changes terms may leave people less than that time to accept them. */
function bringsShortGrace(draft: Draft, later: (vo: string) => Day): boolean {
  return draft.documentChanges.some(({ action, fields, want }) => {
    if (want === undefined || !isKind(want, 'VO') || want.spec.terms === undefined) return false
    if (action !== 'add' && !fields.includes('terms')) return false
    return plus(draft.today(want.name), durationOf(want.spec.terms.grace ?? 'P0D')) <= later(want.name)
  })
}
