import { parentOf } from '../config/references.ts'
import { labelOf, type GroupRecord, type SourcedGroup } from './sourced-group.ts'

/** What a tree is made of. */
export interface PlaceInput {
  readonly records: readonly GroupRecord[]
  /** Keys of groups about which the records say something that cannot be used: those groups stay as they are. */
  readonly unusable?: ReadonlySet<string>
  readonly have: readonly SourcedGroup[]
  readonly layout: 'nested' | 'flat'
  /** Names directly below the base that groups of git have. */
  readonly taken: readonly string[]
  /** Keys that no record names, of groups that stay all the same for now. */
  readonly lasting: ReadonlySet<string>
  /** How long a path below the base may be. */
  readonly longest: number
}

/** Where a group lies and what it is called there. */
export interface Place {
  /** The key of the group that it lies in; undefined for the base. */
  readonly parent: string | undefined
  readonly label: string
}

/** A tree that is being put together. */
export interface Standing {
  /** The groups as they are, by key. */
  readonly now: ReadonlyMap<string, SourcedGroup & Place>
  /** What records say, as far as nothing speaks against it. */
  readonly wanted: ReadonlyMap<string, GroupRecord>
  /** Groups that stay as they are, with the one they lie in, wherever that goes. */
  readonly staying: ReadonlySet<string>
}

/** Tells where groups lie by their paths. */
export function placesNow(have: readonly SourcedGroup[]): Standing['now'] {
  const keys = new Map(have.map(({ path, key }) => [path, key]))
  const placeOf = ({ path }: SourcedGroup): Place => ({
    parent: keys.get(parentOf(path) ?? ''),
    label: labelOf(path),
  })
  return new Map(have.map((group) => [group.key, { ...group, ...placeOf(group) }]))
}

/** Tells where a group would lie; undefined for one that goes. */
export function placeIn({ now, wanted, staying }: Standing, key: string): Place | undefined {
  const record = wanted.get(key)
  if (record !== undefined) return { parent: record.parent, label: record.name }
  return staying.has(key) ? now.get(key) : undefined
}

/** The keys of all groups that would be there. */
export function keysIn({ wanted, staying }: Standing): string[] {
  return [...wanted.keys(), ...staying]
}

/** The paths of all groups that would be there, by key; a round of parents is cut somewhere. */
export function pathsOf(standing: Standing): Map<string, string> {
  const paths = new Map<string, string>()
  for (const start of keysIn(standing)) {
    for (const key of trailFrom(standing, start, paths).reverse()) {
      const { parent = '', label = '' } = placeIn(standing, key) ?? {}
      const above = paths.get(parent)
      paths.set(key, above === undefined ? label : `${above}:${label}`)
    }
  }
  return paths
}

/** A group and those it lies in, up to one whose path is known. */
function trailFrom(standing: Standing, start: string, known: ReadonlyMap<string, string>): string[] {
  const trail = new Set<string>()
  let key: string | undefined = start
  while (key !== undefined && !known.has(key) && !trail.has(key)) {
    trail.add(key)
    key = placeIn(standing, key)?.parent
  }
  return [...trail]
}
