import type { Extension } from '../extension.ts'
import { isKept, type ActedSet, type ActRefusal, type Standing, type StandingRow } from './standing.ts'

interface RefusedFor<Reason extends string> {
  readonly allowed: false
  readonly reason: Reason
  readonly message: string
}

type Refused = RefusedFor<ActRefusal>

/** Builds a refusal; the message is a whole sentence without its subject's identity. */
export function refused<Reason extends string>(reason: Reason, message: string): RefusedFor<Reason> {
  return { allowed: false, reason, message }
}

/** Refuses what only the place that keeps the membership can change, and names it. */
export function refusedAsKept(set: ActedSet, { rows, heldBy }: Standing): Refused {
  const own = rows.filter(isKept).map((row) => `${set.name}${placeOf(row)}`)
  const places = [...own, ...heldBy].join(', ')
  return refused('declared', `the membership is kept by ${places}; change it there`)
}

/** Refuses what nobody but a sponsor may end or extend. */
export function refusedAsSponsored(): Refused {
  return refused(
    'sponsored',
    'only sponsors hold the membership; it ends and lasts with them (`guildhall sponsor list` names them)',
  )
}

/** Refuses what takes a membership where there is none. */
export function refusedAsNoMember(set: ActedSet): Refused {
  return set.kind === 'vo'
    ? refused('not-a-member', `they are no member of ${set.name}; add them first`)
    : refused(
        'not-in-group',
        `no row of ${set.name} names them; who is in it by a group below or included is so by a row there`,
      )
}

/** Says why the rules refuse an extension. */
export function whyNotExtended(
  { reason, expires }: Extract<Extension, { readonly allowed: false }>,
  { loa, rules }: { readonly loa: number; readonly rules: ActedSet['rules'] },
): string {
  switch (reason) {
    case 'never-expires':
      return 'there is nothing to extend: the membership has no date, and goes on'
    case 'loa-too-low':
      return `people of LoA ${loa} cannot extend; it takes an identity of another level`
    case 'not-renewable':
      return `the first term is the last one for people of LoA ${loa}`
    case 'outside-window':
      return `the membership ends on ${expires ?? ''}, and an extension is allowed from ${rules?.window ?? ''} before`
  }
}

/** Refuses what lets somebody in, or stay, where the VO or the group itself is over. */
export function refusedAsOver({ kind, name, since }: NonNullable<ActedSet['over']>): Refused {
  const message = `${name} is over since ${since}: nobody is added or extended; give it a later date in git first`
  return refused(`${kind}-expired`, message)
}

function placeOf({ origin, originName, at }: StandingRow): string {
  if (at !== undefined) return ` (${at.file}:${at.line})`
  return originName === '' ? ` (${origin})` : ` (${origin} ${originName})`
}
