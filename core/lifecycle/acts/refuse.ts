import { isKept, type ActedSet, type ActRefusal, type ActVerdict, type Standing, type StandingRow } from './standing.ts'

type Refused = Extract<ActVerdict, { readonly allowed: false }>

/** Builds a refusal; the message is a whole sentence without its subject's identity. */
export function refused(reason: ActRefusal, message: string): Refused {
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
  return refused('sponsored', 'only sponsors hold the membership; it ends and lasts with them')
}

/** Refuses what takes a membership where there is none. */
export function refusedAsNoMember(set: ActedSet): Refused {
  return set.kind === 'vo'
    ? refused('not-a-member', `they are no member of ${set.name}`)
    : refused('not-in-group', `no row of ${set.name} names them`)
}

function placeOf({ origin, originName, at }: StandingRow): string {
  if (at !== undefined) return ` (${at.file}:${at.line})`
  return originName === '' ? ` (${origin})` : ` (${origin} ${originName})`
}
