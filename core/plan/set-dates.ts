import type { Day } from '../lifecycle/calendar.ts'
import type { People } from '../membership/people.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { MembershipChange } from '../model/plan.ts'
import type { DesiredRow, MembershipRow } from '../model/state.ts'
import type { MemberSet } from './sets.ts'

/** The dates of a set's rows of origin config, of those that have one. */
export interface SetDates {
  readonly before: ReadonlyMap<PersonIndex, Day>
  readonly after: ReadonlyMap<PersonIndex, Day>
}

/** Those of a set without any date. */
export const noDates: SetDates = { before: new Map(), after: new Map() }

/** Gathers the dates of a set; one without any, as most are, costs a look at each of its rows. */
export function datesOf({ have, want }: MemberSet, people: People): SetDates {
  if (!want.some(isDated) && !have.some(isDated)) return noDates
  return { before: datesInForce(have, people), after: datesAsked(want, people) }
}

function isDated({ expires }: { readonly expires?: Day }): boolean {
  return expires !== undefined
}

function datesInForce(rows: readonly MembershipRow[], people: People): Map<PersonIndex, Day> {
  const dates = new Map<PersonIndex, Day>()
  for (const { user, origin, expires } of rows) {
    const person = origin === 'config' ? people.ofId(user) : undefined
    if (person !== undefined && expires !== undefined) dates.set(person, expires)
  }
  return dates
}

/** Who is named by two identities has the later date, and none where one of them has none. */
function datesAsked(rows: readonly DesiredRow[], people: People): Map<PersonIndex, Day> {
  const dates = new Map<PersonIndex, Day>()
  const endless = new Set<PersonIndex>()
  for (const { user, expires } of rows) {
    const person = people.find(user)
    if (person === undefined) continue
    if (expires === undefined) endless.add(person)
    else if (expires > (dates.get(person) ?? '')) dates.set(person, expires)
  }
  for (const person of endless) dates.delete(person)
  return dates
}

/** Lists whose rows stay and have another date than before. */
export function differingDates(
  declared: readonly PersonIndex[],
  named: readonly PersonIndex[],
  dates: SetDates,
): PersonIndex[] {
  if (dates === noDates) return []
  const staying = new Set(named)
  return declared.filter((person) => staying.has(person) && dates.before.get(person) !== dates.after.get(person))
}

/** Tells whether what has this date, or none, is over. */
export function isOver(expires: Day | undefined, today: Day): boolean {
  return expires !== undefined && expires <= today
}

/** Says which date a row has and had; undefined for one that never had any. */
export function dateChange(person: PersonIndex, dates: SetDates): MembershipChange['expires'] {
  const before = dates.before.get(person) ?? null
  const after = dates.after.get(person) ?? null
  return before === null && after === null ? undefined : { before, after }
}
