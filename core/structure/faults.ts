import { groupBy } from '../model/group-by.ts'
import type { StructureNote } from './sourced-group.ts'
import { keysIn, pathsOf, placeIn, type PlaceInput, type Standing } from './standing.ts'

type Fault = Pick<StructureNote, 'key' | 'reason' | 'value'>

/** Lists which records do not fit into a tree, by the first rule that finds any: the others look again without them. */
export function faultsIn(standing: Standing, input: PlaceInput): Fault[] {
  for (const rule of [belowSkipped, cycles, names, tooLong]) {
    const faults = rule(standing, input)
    if (faults.length > 0) return faults
  }
  return []
}

/** Groups that lie, by their records, below one that was left out or that stays as it is. */
function belowSkipped({ wanted }: Standing, { lasting }: PlaceInput): Fault[] {
  return [...wanted.values()].flatMap(({ key, parent }): Fault[] =>
    parent === undefined || wanted.has(parent) || lasting.has(parent)
      ? []
      : [{ key, reason: 'below-skipped', value: parent }],
  )
}

function cycles(standing: Standing): Fault[] {
  const done = new Set<string>()
  return [...standing.wanted.keys()].flatMap((start) => {
    const trail: string[] = []
    const onTrail = new Set<string>()
    let key: string | undefined = start
    while (key !== undefined && !done.has(key) && !onTrail.has(key)) {
      trail.push(key)
      onTrail.add(key)
      key = placeIn(standing, key)?.parent
    }
    for (const one of trail) done.add(one)
    const round = key !== undefined && onTrail.has(key) ? trail.slice(trail.indexOf(key)) : []
    return round.filter((one) => standing.wanted.has(one)).map((one): Fault => ({ key: one, reason: 'cycle' }))
  })
}

/** Names are unique in the group they lie in, ignoring case; who has one already keeps it, and of newcomers none gets it. */
function names(standing: Standing, { taken }: PlaceInput): Fault[] {
  const ofGit = new Set(taken.map((name) => name.toLowerCase()))
  const byPlace = groupBy(keysIn(standing), (key) => placeText(standing, key))
  return [...byPlace.values()].flatMap((rivals) => {
    const coming = rivals.flatMap((key) => standing.wanted.get(key) ?? [])
    const holders = rivals.filter((key) => !standing.wanted.has(key) || hasAlready(standing, key))
    const [first] = coming
    if (first === undefined) return []
    const isTaken = first.parent === undefined && ofGit.has(first.name.toLowerCase())
    if (!isTaken && rivals.length === 1) return []
    const reason = isTaken || holders.length > 0 ? 'name-taken' : 'name-twice'
    return coming
      .filter(({ key }) => isTaken || key !== holders[0])
      .map(({ key, name }): Fault => ({ key, reason, value: name }))
  })
}

function placeText(standing: Standing, key: string): string {
  const { parent = null, label = '' } = placeIn(standing, key) ?? {}
  return JSON.stringify([parent, label.toLowerCase()])
}

/** Whether a group lies there already under that name. */
function hasAlready(standing: Standing, key: string): boolean {
  return (
    standing.now.has(key) &&
    placeText({ ...standing, wanted: new Map(), staying: new Set([key]) }, key) === placeText(standing, key)
  )
}

function tooLong(standing: Standing, { longest }: PlaceInput): Fault[] {
  return [...pathsOf(standing)].flatMap(([key, path]): Fault[] =>
    path.length > longest && standing.wanted.has(key) ? [{ key, reason: 'name-unfit', value: path }] : [],
  )
}
