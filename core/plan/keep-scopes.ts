import { objectKey, type DesiredObject, type StoredObject } from '../model/config-object.ts'
import { scopeOf, type Scope } from '../model/scope.ts'
import type { Desired, DesiredRow, State } from '../model/state.ts'
import { pairObjects } from './pair-objects.ts'

/** Puts what is in force in place of what the commit says, for some scopes. */
export function keepScopes(desired: Desired, state: State, scopes: Iterable<Scope>): Desired {
  const kept = withRenamed(new Set(scopes), state, desired)
  if (kept.size === 0) return desired
  const stored = state.objects.filter((object) => kept.has(scopeOf(object)))
  return {
    ...desired,
    objects: [...desired.objects.filter((object) => !kept.has(scopeOf(object))), ...stored.map(asDesired)],
    rows: [...desired.rows.filter(({ vo }) => !kept.has(`vo:${vo}`)), ...rowsInForce(state, stored)],
  }
}

/** Adds, for a VO that the commit renames, its other name: both are one scope. */
export function withRenamed(scopes: ReadonlySet<Scope>, state: State, desired: Desired): ReadonlySet<Scope> {
  if (scopes.size === 0) return scopes
  const vos = pairObjects(
    state.objects.filter(({ kind }) => kind === 'VO'),
    desired.objects.filter(({ kind }) => kind === 'VO'),
  )
  const all = new Set(scopes)
  for (const { have, want } of vos.pairs) {
    if (have === undefined || want === undefined || have.name === want.name) continue
    if (!all.has(scopeOf(have)) && !all.has(scopeOf(want))) continue
    all.add(scopeOf(have)).add(scopeOf(want))
  }
  return all
}

/** Lets the documents in force stand for those of files that cannot be read; says whether all of them have such documents. */
export function standIn(desired: Desired, state: State): { readonly desired: Desired; readonly keepsAll: boolean } {
  if (desired.unreadable.length === 0) return { desired, keepsAll: false }
  const files = new Set(desired.unreadable)
  const inForce = state.objects.filter(({ at }) => files.has(at.file))
  const known = new Set(inForce.map(({ at }) => at.file))
  const declared = new Set(desired.objects.map(objectKey))
  const missing = inForce.filter((object) => !declared.has(objectKey(object)))
  return {
    desired: {
      ...desired,
      objects: [...desired.objects, ...missing.map(asDesired)],
      rows: [...desired.rows, ...rowsInForce(state, missing)],
    },
    keepsAll: files.size > known.size,
  }
}

/** Turns a document in force into one that a commit could ask for. */
export function asDesired(object: StoredObject): DesiredObject {
  return { previously: [], ...object }
}

/** Lists the rows of origin config in the given VOs and groups, as a commit would. */
function rowsInForce(state: State, objects: readonly StoredObject[]): DesiredRow[] {
  const places = new Map(
    objects.flatMap((object) => (object.governsMembers ? [[objectKey(object), object.at] as const] : [])),
  )
  if (places.size === 0) return []
  const names = new Map(state.people.map(({ id, identities }) => [id, identities[0] ?? '']))
  return state.rows.flatMap((row): DesiredRow[] => {
    if (row.origin !== 'config') return []
    const { vo, group } = row
    const at = places.get(group === undefined ? `VO ${vo}` : `Group ${vo}/${group}`)
    if (at === undefined) return []
    const { expires, attributes } = row
    return [
      {
        ...{ vo, user: names.get(row.user) ?? '', at },
        ...(group === undefined ? {} : { group }),
        ...(expires === undefined ? {} : { expires }),
        ...(attributes === undefined ? {} : { attributes }),
      },
    ]
  })
}

/** Lists the scopes that errors keep at their last good content. */
export function badScopes(findings: Desired['findings']): Scope[] {
  return [...new Set(findings.flatMap(({ severity, scope }) => (severity === 'error' ? (scope ?? []) : [])))]
}
