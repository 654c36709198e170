import { sourceOf } from '../config/references.ts'
import type { Day } from '../lifecycle/calendar.ts'
import { levelOf } from '../lifecycle/levels.ts'
import { dayOf } from '../lifecycle/zones.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { isKind, type Specs } from '../model/config-object.ts'
import type { Draft } from './draft.ts'

/** Finds the levels of assurance of people on a day of a time zone, by their identities and sources as they will be, or are. */
export function levelsOn(
  { people, ofKind }: Pick<Draft, 'ofKind' | 'people'>,
  { today, zone, side = 'want' }: { readonly today: Day; readonly zone: string; readonly side?: 'have' | 'want' },
): (person: PersonIndex) => readonly number[] {
  const sources = new Map<string, Specs['Source']>()
  for (const pair of ofKind('Source')) {
    const source = pair[side]
    // Identities are called by the name that their source will have.
    if (source !== undefined && isKind(source, 'Source')) sources.set((pair.want ?? source).name, source.spec)
  }
  return (person) => {
    const seen = new Map(people.seen(person).map(({ identity, loa, at }) => [identity, { loa, day: dayOf(at, zone) }]))
    const identities = side === 'have' ? people.formerIdentities(person) : people.identities(person)
    return identities.flatMap(
      (identity) => levelOf(sources.get(sourceOf(identity)), { seen: seen.get(identity), today }) ?? [],
    )
  }
}
