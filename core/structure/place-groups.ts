import { compareText } from '../model/compare.ts'
import { groupBy } from '../model/group-by.ts'
import { faultsIn } from './faults.ts'
import { nameFault } from './name-fault.ts'
import { placeIncludes, type Placed } from './place-includes.ts'
import type { GroupRecord, SourcedGroup, StructureNote } from './sourced-group.ts'
import { pathsOf, placeIn, placesNow, type PlaceInput, type Standing } from './standing.ts'

/** The groups as they should be. */
export interface PlacedGroups {
  /** In the order of their paths, so that each comes after the one it lies in. */
  readonly groups: readonly SourcedGroup[]
  /** What did not fit, in the order of keys. */
  readonly notes: readonly StructureNote[]
}

/**
 * Places the groups of a source below their base. A record that does not fit changes nothing: its group, and what lies below it,
 * stays where it is, or is not made; the rest goes on. A parent that nobody knows puts a group directly below the base.
 */
export function placeGroups(input: PlaceInput): PlacedGroups {
  const begun = begin(input)
  const { standing, notes } = settle(begun.standing, input)
  const placed = placeIncludes(placedIn(standing), input.have)
  return { groups: placed.groups, notes: [...begun.notes, ...notes, ...placed.notes].sort(compareNotes) }
}

interface Attempt {
  readonly standing: Standing
  readonly notes: readonly StructureNote[]
}

function begin({ records, unusable = new Set(), have, layout, lasting }: PlaceInput): Attempt {
  const now = placesNow(have)
  const named = new Set([...records.map(({ key }) => key), ...unusable, ...lasting])
  const wanted = new Map<string, GroupRecord>()
  const notes: StructureNote[] = []
  for (const [key, said] of groupBy(records, (one) => one.key)) {
    const record = unusable.has(key) ? undefined : soleRecord(said, notes)
    if (record !== undefined) wanted.set(key, withParent(record, { layout, named, notes }))
  }
  const staying = [...named].filter((key) => !wanted.has(key))
  return { standing: keepAbove({ now, wanted, staying: new Set(staying.filter((key) => now.has(key))) }), notes }
}

/** What all records of a key say, under a name that can be one. */
function soleRecord([record, ...others]: readonly GroupRecord[], notes: StructureNote[]): GroupRecord | undefined {
  if (record === undefined) return undefined
  const { key, name } = record
  if (!others.every((other) => saysTheSame(record, other))) {
    notes.push({ reason: 'key-twice', key })
    return undefined
  }
  const fault = nameFault(name)
  if (fault === undefined) return record
  notes.push({ reason: fault, key, value: name })
  return undefined
}

interface Known {
  readonly layout: PlaceInput['layout']
  readonly named: ReadonlySet<string>
  readonly notes: StructureNote[]
}

function withParent(record: GroupRecord, { layout, named, notes }: Known): GroupRecord {
  const { parent, ...alone } = record
  if (layout === 'flat' || parent === undefined) return alone
  if (named.has(parent)) return record
  notes.push({ reason: 'parent-unknown', key: record.key, value: parent })
  return alone
}

/** Takes out what does not fit, until everything does; what is taken out is in the way of others as it stands. */
function settle(begun: Standing, input: PlaceInput): Attempt {
  const notes: StructureNote[] = []
  for (let standing = begun; ;) {
    const faults = faultsIn(standing, input)
    if (faults.length === 0) return { standing, notes }
    notes.push(...faults)
    const wanted = new Map(standing.wanted)
    for (const { key } of faults) wanted.delete(key)
    const staying = faults.map(({ key }) => key).filter((key) => standing.now.has(key))
    standing = keepAbove({ ...standing, wanted, staying: new Set([...standing.staying, ...staying]) })
  }
}

/** A group that would go stays for as long as one below it does. */
function keepAbove({ now, wanted, staying }: Standing): Standing {
  const all = new Set(staying)
  for (const key of all) {
    const parent = now.get(key)?.parent
    if (parent !== undefined && !wanted.has(parent)) all.add(parent)
  }
  return { now, wanted, staying: all }
}

function placedIn(standing: Standing): Placed[] {
  const { now, wanted } = standing
  const placed = [...pathsOf(standing)].map(([key, path]): Placed => {
    const { title, includes = [] } = wanted.get(key) ?? now.get(key) ?? {}
    const parent = placeIn(standing, key)?.parent
    return { key, path, parent, includes, ...(title === undefined ? {} : { title }) }
  })
  return placed.sort((a, b) => compareText(a.path, b.path))
}

function saysTheSame(a: GroupRecord, b: GroupRecord): boolean {
  const rest = ({ name, parent, title, includes }: GroupRecord): string =>
    JSON.stringify([name, parent ?? null, title ?? null, includes])
  return rest(a) === rest(b)
}

function compareNotes(a: StructureNote, b: StructureNote): number {
  return compareText(a.key, b.key) || compareText(a.reason, b.reason) || compareText(a.value ?? '', b.value ?? '')
}
