import type { DesiredObject, StoredObject } from '../model/config-object.ts'
import { isEqual } from '../model/equal.ts'
import type { Finding } from '../model/finding.ts'
import { groupBy } from '../model/group-by.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { compareText } from '../model/compare.ts'
import { scopeOf } from '../model/scope.ts'
import { wantedPeople } from './diff-rows.ts'
import type { Draft } from './draft.ts'
import type { ScopedReason } from './judge-deletions.ts'
import type { ObjectPair } from './pair-objects.ts'

/** The share of members, in percent, from which on a new name is taken for an old one. */
const sameMembersPercent = 80

/** Names that vanish beside a new one so alike that the line `previously` seems forgotten. */
export interface SuspectedRenames {
  readonly findings: readonly Finding[]
  readonly reasons: readonly ScopedReason[]
}

/** Finds vanished names beside a new one of the same kind with the same spec or most of the members. */
export function suspectRenames(draft: Draft): SuspectedRenames {
  const open = draft.pairs.filter(({ have, want }) => have === undefined || want === undefined)
  const places = groupBy(open, ({ have, want }) => placeOf(draft, have ?? want))
  const found = [...places.values()].flatMap((pairs) => {
    const added = pairs.filter(({ want }) => want !== undefined)
    if (added.length === 0 || added.length === pairs.length) return []
    return pairs.flatMap((pair) => suspect(draft, pair, added) ?? [])
  })
  return { findings: found.map(({ finding }) => finding), reasons: found.flatMap(({ reasons }) => reasons) }
}

function placeOf(draft: Draft, object: StoredObject | DesiredObject | undefined): string {
  const vo = object?.vo === undefined ? '' : (draft.vosByHave.get(object.vo)?.want?.name ?? object.vo)
  return `${object?.kind ?? ''} ${vo}`
}

function suspect(
  draft: Draft,
  pair: ObjectPair,
  added: readonly ObjectPair[],
): { readonly finding: Finding; readonly reasons: readonly ScopedReason[] } | undefined {
  const { have } = pair
  if (have === undefined) return undefined
  const alike = added.filter(
    (other) => other.want !== undefined && (hasSameSpec(have, other.want) || hasSameMembers(draft, pair, other)),
  )
  const want = alike.flatMap((other) => other.want ?? []).toSorted((a, b) => compareText(a.name, b.name))[0]
  if (want === undefined) return undefined
  const subject = `${want.kind.toLowerCase()} ${want.vo === undefined ? '' : `${want.vo}/`}${want.name}`
  const message = `${subject} looks like "${have.name}" under a new name; if so add previously: [${have.name}] to its metadata, if not approve the plan`
  const reason = { code: 'rename-suspected', subject, message } as const
  return {
    finding: { severity: 'warning', code: 'rename-suspected', message, at: want.at, path: 'metadata' },
    reasons: [...new Set([scopeOf(have), scopeOf(want)])].map((scope) => ({ scope, reason })),
  }
}

function hasSameSpec(have: StoredObject, want: DesiredObject): boolean {
  return Object.keys(have.spec).length > 0 && isEqual(have.spec, want.spec)
}

function hasSameMembers(draft: Draft, vanished: ObjectPair, added: ObjectPair): boolean {
  const members = rowHolders(draft, vanished)
  if (members.size === 0) return false
  const set = draft.setOf.get(added)
  const common = set === undefined ? [] : wantedPeople(set, draft).filter((person) => members.has(person))
  return common.length * 100 >= members.size * sameMembersPercent
}

function rowHolders(draft: Draft, pair: ObjectPair): Set<PersonIndex> {
  return new Set((draft.setOf.get(pair)?.have ?? []).flatMap(({ user }) => draft.people.ofId(user) ?? []))
}
