import { objectKey, type DesiredObject, type Sourced, type StoredObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { scopeOf } from '../model/scope.ts'

/** A document in force and what the commit makes of it; one of the two may be missing. */
export interface ObjectPair {
  readonly have?: StoredObject
  readonly want?: DesiredObject
}

/** Which document in force each document of the commit continues. */
export interface Pairing {
  readonly pairs: readonly ObjectPair[]
  readonly findings: readonly Finding[]
}

type Kind = StoredObject['kind']

interface Search {
  readonly have: ReadonlyMap<string, StoredObject>
  readonly want: ReadonlyMap<string, DesiredObject>
  /** The key in force that a wanted key continues, where it is another. */
  readonly found: Map<string, string>
  /** The keys in force that another key continues. */
  readonly used: Set<string>
}

/** Pairs groups of sources by their keys there, documents by identity, then by `previously`, then by the `previously` of what they lie in. */
export function pairObjects(stored: readonly StoredObject[], desired: readonly DesiredObject[]): Pairing {
  const search: Search = {
    have: byKey(stored),
    want: byKey(desired),
    found: new Map(),
    used: new Set(),
  }
  claimSourced(search)
  claimPassedOn(search)
  const open: DesiredObject[] = []
  for (const [key, object] of search.want) if (!search.have.has(key) && !search.found.has(key)) open.push(object)
  const findings = [
    ...claimNamed(
      search,
      open.filter(({ kind }) => kind === 'VO'),
    ),
    ...claimNamed(
      search,
      open.filter(({ kind }) => kind !== 'VO'),
    ),
  ]
  claimCarried(search, open)
  return { pairs: [...continued(search), ...vanished(search)], findings: [...findings, ...sourcesInTheWay(search)] }
}

function byKey<T extends StoredObject | DesiredObject>(objects: readonly T[]): Map<string, T> {
  const found = new Map<string, T>()
  for (const object of objects) found.set(objectKey(object), object)
  return found
}

/** The document in force that a wanted key continues. */
function formerOf({ have, found, used }: Search, key: string): StoredObject | undefined {
  return have.get(found.get(key) ?? (used.has(key) ? nowhere : key))
}

/** What a source keeps goes by its key there, whatever it is called, and is never what had its name before. */
function claimSourced(search: Search): void {
  const bySource = new Map<string, string>()
  for (const [key, { sourced }] of search.have) if (sourced !== undefined) bySource.set(sourcedKey(sourced), key)
  for (const [key, { sourced }] of search.want)
    if (sourced !== undefined) claim(search, key, bySource.get(sourcedKey(sourced)) ?? nowhere)
}

const nowhere = ''

function sourcedKey({ base, key }: Sourced): string {
  return `${base} ${key}`
}

function claim(search: Search, wantKey: string, haveKey: string): void {
  search.found.set(wantKey, haveKey)
  search.used.add(haveKey)
}

/**
 * Lets attributes pass their names on to each other, in a chain or a circle: one that is in force continues another under whose
 * name it goes now, where a third continues it. Only a claim that was not applied before counts, or two that swap their
 * names would swap them for ever.
 */
function claimPassedOn(search: Search): void {
  const { have, want } = search
  const claims = new Map<string, string>()
  for (const [key, object] of want) {
    if (object.kind !== 'Attribute') continue
    const known = have.get(key)?.previously ?? []
    const old = object.previously.filter((name) => !known.includes(name)).map((name) => formerKey(search, object, name))
    const claimed = old.find((one) => have.has(one) && one !== key)
    if (claimed !== undefined) claims.set(key, claimed)
  }
  const isLasting = (key: string, old: string): boolean => {
    const claimants = [...claims.values()].filter((one) => one === old).length
    const isPassedOn = !have.has(key) || [...claims.values()].includes(key)
    return claimants === 1 && isPassedOn && (!want.has(old) || claims.has(old))
  }
  for (let before = -1; before !== claims.size;) {
    before = claims.size
    for (const [key, old] of claims) if (!isLasting(key, old)) claims.delete(key)
  }
  for (const [key, old] of claims) claim(search, key, old)
}

/** Gives each old name to the one document that claims it; two claimants are a fault of both. */
function claimNamed(search: Search, open: readonly DesiredObject[]): Finding[] {
  const claimants = new Map<string, DesiredObject[]>()
  for (const object of open) {
    const old = object.previously.map((name) => formerKey(search, object, name)).find((key) => isFree(search, key))
    if (old !== undefined) claimants.set(old, [...(claimants.get(old) ?? []), object])
  }
  const findings: Finding[] = []
  for (const [old, objects] of claimants) {
    const [only] = objects
    if (only !== undefined && objects.length === 1) claim(search, objectKey(only), old)
    else findings.push(...objects.map((object) => ambiguous(old, object)))
  }
  return findings
}

/** An old name counts while it is in force and not in the commit. */
function isFree({ have, want, used }: Search, key: string): boolean {
  return have.has(key) && !want.has(key) && !used.has(key)
}

/** A source that says it was another one, and has the name of a third that is in force: whose people are whose, nobody could tell afterwards. */
function sourcesInTheWay(search: Search): Finding[] {
  return [...search.want].flatMap(([key, object]): Finding[] => {
    if (object.kind !== 'Source' || !search.have.has(key) || search.found.has(key)) return []
    const old = object.previously.find((name) => isFree(search, formerKey(search, object, name)))
    if (old === undefined) return []
    const message = `Source "${object.name}" cannot continue "${old}": a source "${object.name}" is in force, with people of its own; remove that one by a commit before, or take a name that is free. If it does not continue it, take "${old}" out of previously`
    const place = { at: object.at, path: 'metadata.previously', scope: scopeOf(object) }
    return [{ severity: 'error', code: 'previously-ambiguous', message, ...place }]
  })
}

/** Continues what lies below a group or VO that moved. */
function claimCarried(search: Search, open: readonly DesiredObject[]): void {
  const parentsFirst = open.toSorted((a, b) => a.name.length - b.name.length)
  for (const object of parentsFirst) {
    const key = objectKey(object)
    if (search.found.has(key)) continue
    const old = carriedNames(search, object)
      .map((name) => formerKey(search, object, name))
      .find((former) => isFree(search, former))
    if (old !== undefined) claim(search, key, old)
  }
}

/** The names it may have had: its own in a VO that moved, then those under the former names of its parents, nearest first. */
function carriedNames(search: Search, object: DesiredObject): string[] {
  const names = [object.name]
  if (object.kind !== 'Group') return names
  for (let end = object.name.lastIndexOf(':'); end > 0; end = object.name.lastIndexOf(':', end - 1)) {
    const former = formerOf(search, objectKey({ ...object, name: object.name.slice(0, end) }))
    if (former !== undefined) names.push(`${former.name}${object.name.slice(end)}`)
  }
  return names
}

/** The key in force of a name in the VO that the document's VO continues. */
function formerKey(search: Search, object: { readonly kind: Kind; readonly vo?: string }, name: string): string {
  if (object.vo === undefined) return objectKey({ kind: object.kind, name })
  const formerVo = formerOf(search, objectKey({ kind: 'VO', name: object.vo }))
  return objectKey({ kind: object.kind, vo: formerVo?.name ?? object.vo, name })
}

function ambiguous(old: string, object: DesiredObject): Finding {
  return {
    severity: 'error',
    code: 'previously-ambiguous',
    message: `Cannot tell which document continues "${old}": several name it under previously; leave it in one of them`,
    at: object.at,
    path: 'metadata.previously',
    scope: scopeOf(object),
  }
}

function continued(search: Search): ObjectPair[] {
  const pairs: ObjectPair[] = []
  for (const [key, want] of search.want) {
    const have = formerOf(search, key)
    pairs.push(have === undefined ? { want } : { have, want })
  }
  return pairs
}

/** What nothing continues: its name may have gone to something else. */
function vanished({ have, want, found, used }: Search): ObjectPair[] {
  const pairs: ObjectPair[] = []
  for (const [key, object] of have) {
    const isContinued = want.has(key) && (found.get(key) ?? key) === key
    if (!isContinued && !used.has(key)) pairs.push({ have: object })
  }
  return pairs
}

/** Names a document as references do: `vo/name` for what lies in a VO. */
export function pathOf({ vo, name }: { readonly vo?: string; readonly name: string }): string {
  return vo === undefined ? name : `${vo}/${name}`
}
