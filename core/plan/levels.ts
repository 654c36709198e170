import { sourceOf } from '../config/references.ts'
import type { Day } from '../lifecycle/calendar.ts'
import { levelOf } from '../lifecycle/levels.ts'
import { dayOf } from '../lifecycle/zones.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { isKind, type Specs } from '../model/config-object.ts'
import type { Draft } from './draft.ts'

/** Finds the levels of assurance of people on a day of a time zone, by their sources as they will be. */
export function levelsOn(
  { people, ofKind }: Draft,
  { today, zone }: { readonly today: Day; readonly zone: string },
): (person: PersonIndex) => readonly number[] {
  const sources = new Map<string, Specs['Source']>()
  for (const { want } of ofKind('Source'))
    if (want !== undefined && isKind(want, 'Source')) sources.set(want.name, want.spec)
  return (person) => {
    const seen = new Map(people.seen(person).map(({ identity, loa, at }) => [identity, { loa, day: dayOf(at, zone) }]))
    return people
      .identities(person)
      .flatMap((identity) => levelOf(sources.get(sourceOf(identity)), { seen: seen.get(identity), today }) ?? [])
  }
}
