import { acceptBy } from '../lifecycle/terms.ts'
import { dayOf } from '../lifecycle/zones.ts'
import type { Day } from '../lifecycle/calendar.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { ConfigObject } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { TermsVersion, VoTerms } from '../model/state.ts'
import type { Draft } from './draft.ts'

/** Tells the first day on which a person is INVALID in a VO unless they accept its terms; undefined where it has none. */
export function acceptanceDue(
  draft: Draft,
  vo: ConfigObject<'VO'>,
): ((person: PersonIndex) => Day | undefined) | undefined {
  const { terms } = vo.spec
  if (terms === undefined) return undefined
  const known = knownTerms(draft, vo)
  const zone = draft.zone(vo.name)
  const today = dayOf(draft.asOf, zone)
  const inForce = versionsInForce(known).map(({ version, since }) => ({ version, day: dayOf(since, zone) }))
  const isNew = inForce.at(-1)?.version !== terms.version
  const versions = isNew ? [...inForce, { version: terms.version, day: today }] : inForce
  const joined = new Map(known?.joined.map(({ user, at }) => [user, at]))
  const accepted = groupBy(known?.accepted ?? [], ({ user }) => user)
  return (person) => {
    const user = draft.people.ids[person]
    const at = user === undefined ? undefined : joined.get(user)
    const own = (user === undefined ? undefined : accepted.get(user)) ?? []
    return acceptBy(terms, {
      versions,
      accepted: new Map(own.map((one) => [one.version, dayOf(one.at, zone)])),
      joined: at === undefined ? today : dayOf(at, zone),
    })
  }
}

/** What is known of the terms of a VO, whatever it was called. */
export function knownTerms({ state, vosByWant }: Draft, vo: ConfigObject<'VO'>): VoTerms | undefined {
  const pair = vosByWant.get(vo.name)
  const name = pair?.want === vo ? pair.have?.name : vo.name
  return state.terms.find((terms) => terms.vo === name)
}

/** The versions in force one after the other without a gap, up to now. */
export function versionsInForce(known: VoTerms | undefined): readonly TermsVersion[] {
  return (known?.versions ?? []).filter(({ isClosed }) => !isClosed)
}
