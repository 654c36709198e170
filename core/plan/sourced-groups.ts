import { groupsMentioned, renameGroups } from '../config/group-mentions.ts'
import { parentOf, parseGroup } from '../config/references.ts'
import { isKind, objectKey, type DesiredObject, type StoredObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { groupBy } from '../model/group-by.ts'
import { scopeOf } from '../model/scope.ts'
import type { Desired, State } from '../model/state.ts'
import { asDesired } from './keep-scopes.ts'
import { pairObjects, pathOf } from './pair-objects.ts'

/** A commit together with the groups that sources keep. */
export interface WithSourced {
  readonly desired: Desired
  readonly findings: readonly Finding[]
}

/**
 * Adds to a commit the groups that sources keep below groups that it lets them, under the names that those have in it. References
 * go by the present name of a group, or by a former one that nothing has taken since.
 */
export function withSourced(desired: Desired, state: State): WithSourced {
  const stored = state.objects.filter(({ sourced }) => sourced !== undefined)
  const structured = desired.objects.filter(hasStructure)
  if (stored.length === 0 && structured.length === 0) return { desired, findings: [] }
  const declared = desired.objects.filter(({ sourced }) => sourced === undefined)
  const { groups, findings } = leaveTaken(keptGroups({ ...desired, objects: declared }, state), declared)
  const names = namesOf({ declared, groups, stored, structured })
  const resolved = declared.map((object) => resolve(object, names))
  return {
    desired: { ...desired, objects: [...resolved.map(({ object }) => object), ...groups] },
    findings: [...findings, ...resolved.flatMap((one) => one.findings)],
  }
}

function hasStructure(object: DesiredObject): boolean {
  return isKind(object, 'Group') && object.spec.structure !== undefined
}

/** The groups below each base that is still one: as its source says now, or as they are. */
function keptGroups(declared: Desired, { objects }: State): DesiredObject[] {
  const { sourced } = declared
  const byBase = groupBy(
    objects.filter((object) => object.sourced !== undefined),
    (object) => object.sourced?.base,
  )
  const isPlace = ({ kind }: { readonly kind: string }): boolean => kind === 'VO' || kind === 'Group'
  const { pairs } = pairObjects(
    objects.filter((object) => isPlace(object) && object.sourced === undefined),
    declared.objects.filter(isPlace),
  )
  return pairs.flatMap(({ have, want }) => {
    if (have?.kind !== 'Group' || want === undefined || !hasStructure(want)) return []
    const groups = sourced?.base === have.id ? sourced.groups : (byBase.get(have.id) ?? []).map(asDesired)
    return groups.map((group) => carried(group, have, want))
  })
}

/** A group under the name that its base has in the commit. */
function carried(group: DesiredObject, have: StoredObject, want: DesiredObject): DesiredObject {
  const place = { ...group, at: want.at, ...(want.vo === undefined ? {} : { vo: want.vo }) }
  if (have.name === want.name) return place
  const rename = (name: string): string =>
    name.startsWith(`${have.name}:`) ? `${want.name}${name.slice(have.name.length)}` : name
  return renameGroups({ ...place, name: rename(group.name) }, rename)
}

/** A group of git keeps a source from one of the same name: which of them people mean, nobody can tell. */
function leaveTaken(
  groups: readonly DesiredObject[],
  declared: readonly DesiredObject[],
): { readonly groups: readonly DesiredObject[]; readonly findings: readonly Finding[] } {
  const byKey = new Map(declared.flatMap((object) => (object.kind === 'Group' ? [[folded(object), object]] : [])))
  const taken = groups.flatMap((group) => byKey.get(folded(group)) ?? [])
  return {
    groups: taken.length === 0 ? groups : groups.filter((group) => !byKey.has(folded(group))),
    findings: taken.map((object): Finding => ({
      severity: 'error',
      code: 'duplicate',
      message: `Group "${object.name}" is one that a source keeps below "${parentOf(object.name) ?? ''}"; choose another name, or take the key "structure" from the group above to declare its groups here`,
      at: object.at,
      path: 'metadata.name',
      scope: scopeOf(object),
    })),
  }
}

function folded(object: DesiredObject): string {
  return objectKey(object).toLowerCase()
}

/** What groups there are, and were. */
interface Names {
  has(group: { readonly vo: string; readonly name: string }): boolean
  /** The present name of a group by one that it had. */
  latest(group: { readonly vo: string; readonly name: string }): string | undefined
  /** The group above it by whose source it would be made. */
  baseOf(group: { readonly vo: string; readonly name: string }): string | undefined
}

interface Sides {
  readonly declared: readonly DesiredObject[]
  readonly groups: readonly DesiredObject[]
  readonly stored: readonly StoredObject[]
  readonly structured: readonly DesiredObject[]
}

function namesOf({ declared, groups, stored, structured }: Sides): Names {
  const present = new Set(
    [...declared.filter(({ kind }) => kind === 'Group'), ...groups].map((object) => pathOf(object)),
  )
  const bases = new Set(structured.map((object) => pathOf(object)))
  const former = formerNames(groups, stored)
  return {
    has: (group) => group.name === 'members' || present.has(pathOf(group)),
    latest: (group) => former.get(pathOf(group)),
    baseOf: ({ vo, name }) => {
      let above = parentOf(name)
      while (above !== undefined && !bases.has(`${vo}/${above}`)) above = parentOf(above)
      return above
    },
  }
}

/** Present names by former ones; one that two groups had is nobody's. */
function formerNames(groups: readonly DesiredObject[], stored: readonly StoredObject[]): ReadonlyMap<string, string> {
  const now = new Map(groups.map((group) => [keyOf(group), group]))
  const found = new Map<string, string | undefined>()
  for (const group of stored) {
    const present = now.get(keyOf(group))
    if (present === undefined) continue
    for (const name of [group.name, ...(group.formerly ?? [])]) {
      const path = pathOf({ ...group, name })
      found.set(path, found.has(path) && found.get(path) !== present.name ? undefined : present.name)
    }
  }
  return new Map([...found].flatMap(([path, name]) => (name === undefined ? [] : [[path, name] as const])))
}

function keyOf({ sourced }: Pick<DesiredObject, 'sourced'>): string {
  return `${sourced?.base ?? ''} ${sourced?.key ?? ''}`
}

/** Puts present names in the place of former ones, and tells of those and of groups that no source has made. */
function resolve(
  object: DesiredObject,
  names: Names,
): { readonly object: DesiredObject; readonly findings: readonly Finding[] } {
  const own = object.kind === 'VO' ? object.name : object.vo
  const renamed = new Map<string, string>()
  const findings: Finding[] = []
  for (const reference of new Set(groupsMentioned(object))) {
    const group = parseGroup(reference, own)
    const base = group === undefined ? undefined : names.baseOf(group)
    if (group === undefined || base === undefined || names.has(group)) continue
    const latest = names.latest(group)
    const place = { severity: 'warning', at: object.at } as const
    if (latest === undefined) {
      const message = `there is no group "${reference}": the source of "${base}" has made none of that name, so nobody gets anything by it`
      findings.push({ ...place, code: 'group-not-made', message })
      continue
    }
    const present = reference.includes('/') ? `${group.vo}/${latest}` : latest
    renamed.set(reference, present)
    const message = `the group "${reference}" is called "${present}" now, as its source says; name it so`
    findings.push({ ...place, code: 'group-renamed', message })
  }
  if (renamed.size === 0) return { object, findings }
  return { object: renameGroups(object, (reference) => renamed.get(reference) ?? reference), findings }
}
