import { plus, type Day } from '../lifecycle/calendar.ts'
import { lapsedPeople } from './diff-rows.ts'
import type { Draft } from './draft.ts'

/** A membership that ends on a date which stood for so long is no loss that the guard counts. */
const expected = { months: 0, days: 7 }

/**
 * The draft as it will be once the dates that it writes and that come within a week have come: nobody will be asked
 * again before they do, so the guard judges them now. Undefined where there are none.
 */
export function lookAhead(draft: Draft): Draft | undefined {
  const later = (vo: string): Day => plus(draft.today(vo), expected)
  const endsSoon = [...draft.diffs.values()].some((diff) => {
    const { vo } = diff.set
    return lapsedPeople(diff, later(vo)).length > lapsedPeople(diff, draft.today(vo)).length
  })
  return endsSoon ? { ...draft, today: later } : undefined
}
