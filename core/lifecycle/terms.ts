import { durationOf, minus, plus, type Day } from './calendar.ts'

/** The rules of a VO's terms: how long an acceptance counts, and how long who has not accepted stays VALID. */
export interface TermsRules {
  readonly resignEvery?: string
  readonly grace?: string
}

/** A version of the terms, and the day on which it came into force. */
interface VersionInForce {
  readonly version: string
  readonly day: Day
}

/** What decides until when a member has to accept. */
export interface TermsStanding {
  /** Those in force one after the other without a gap, up to now. */
  readonly versions: readonly VersionInForce[]
  /** When the member accepted which version last. */
  readonly accepted: ReadonlyMap<string, Day>
  /** When the membership began. */
  readonly joined: Day
}

const renewableFor = { months: 3, days: 0 }

/**
 * Tells the first day on which a member is INVALID unless they accept; undefined where nothing is to be accepted. The grace
 * counts from the latest of the days on which the version came into force, the membership began and an earlier acceptance of it
 * ran out. Whose grace was over before another version came into force gets no new one.
 */
export function acceptBy(rules: TermsRules, { versions, accepted, joined }: TermsStanding): Day | undefined {
  const grace = durationOf(rules.grace ?? 'P0D')
  const newest = versions.findLastIndex(({ version }) => accepted.has(version))
  for (const [index, { version, day }] of [...versions.entries()].slice(Math.max(newest, 0))) {
    const on = accepted.get(version)
    const until = on === undefined ? undefined : acceptedUntil(rules, on)
    if (on !== undefined && until === undefined) continue
    const by = plus([day, joined, until ?? ''].sort().at(-1) ?? day, grace)
    const next = versions[index + 1]
    if (next === undefined || by <= next.day) return by
  }
  return undefined
}

/** Tells the first day on which an acceptance counts no more; undefined where it counts for ever. */
export function acceptedUntil({ resignEvery }: TermsRules, on: Day): Day | undefined {
  return resignEvery === undefined ? undefined : plus(on, durationOf(resignEvery))
}

/** Tells the first day on which an acceptance may be renewed; undefined where it never has to be. */
export function renewableFrom(rules: TermsRules, on: Day): Day | undefined {
  const until = acceptedUntil(rules, on)
  return until === undefined ? undefined : minus(until, renewableFor)
}
