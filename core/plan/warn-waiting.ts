import type { PersonIndex } from '../membership/person-marks.ts'
import { countPeople } from '../model/count.ts'
import type { Finding, Position } from '../model/finding.ts'
import { comparePositions } from '../model/compare.ts'
import { groupBy } from '../model/group-by.ts'
import type { Plan } from '../model/plan.ts'
import type { Draft } from './draft.ts'
import type { Worlds } from './worlds.ts'

/** How many people of a VO are named each at the line that brings them in; the rest is a number. */
const named = 10

/** Warns of the people a commit makes INVALID, and of those it brings in who will have to wait. */
export function warnWaiting(draft: Draft, worlds: Worlds, statuses: Plan['statuses']): Finding[] {
  const invalid = statuses.filter(({ status }) => status === 'INVALID')
  return [...groupBy(invalid, ({ vo }) => vo)].flatMap(([vo, changes]) => {
    const people = changes.slice(0, named).flatMap(({ user }) => draft.people.find(user) ?? [])
    const places = placesOf(draft, vo, new Set(people))
    const ofVo = draft.vosByWant.get(vo)?.want?.at
    const findings = people.map((person) => {
      const lacked = worlds.lacked(vo, person).join(', ')
      const waits = `"${draft.people.names[person] ?? ''}" will be INVALID in VO "${vo}", and have no access`
      return warning(`${waits}: ${lacked} is missing`, places.get(person) ?? ofVo)
    })
    const more = changes.length - people.length
    return more > 0
      ? [...findings, warning(`${countPeople(more, 'more ')} will be INVALID in VO "${vo}"`, ofVo)]
      : findings
  })
}

function warning(message: string, at: Position | undefined): Finding {
  return { severity: 'warning', code: 'attribute-missing', message, ...(at === undefined ? {} : { at }) }
}

/** Finds the first line of a VO that names each of these people. */
function placesOf(
  { desired, people }: Draft,
  vo: string,
  wanted: ReadonlySet<PersonIndex>,
): Map<PersonIndex, Position> {
  const places = new Map<PersonIndex, Position>()
  for (const row of desired.rows) {
    const person = row.vo === vo ? people.find(row.user) : undefined
    if (person === undefined || !wanted.has(person)) continue
    const known = places.get(person)
    if (known === undefined || comparePositions(row.at, known) < 0) places.set(person, row.at)
  }
  return places
}
