import { parseAttribute } from '../config/references.ts'
import type { ConfigKind } from '../model/config-object.ts'
import type { State } from '../model/state.ts'
import type { AttributeNames } from './attribute-names.ts'
import type { Draft } from './draft.ts'
import { once } from './once.ts'
import type { PairIndex } from './pair-index.ts'
import { pathOf } from './pair-objects.ts'
import { judgePicks, withPicks } from './picks.ts'

/** Tells which values of holders other than user people have, and what becomes of those whose lists may be others. */
export function heldValuesOf(
  state: State,
  index: PairIndex & { readonly attributes: AttributeNames },
): Pick<Draft, 'heldValues' | 'heldValuesBetween' | 'picks'> {
  const held = once(() => heldValues(state, index))
  const picks = once(() => judgePicks(state.picks ?? [], index))
  return {
    picks,
    heldValues: once(() => withPicks(held(), picks(), ({ broken }) => broken !== undefined)),
    heldValuesBetween: once(() => withPicks(held(), picks(), ({ isBrokenByInstance }) => isBrokenByInstance)),
  }
}

/** Values by `attribute user of`, under the new names of what moved too; not those that end with the commit. */
function heldValues(
  state: State,
  { ofKind, attributes }: Pick<PairIndex, 'ofKind'> & { readonly attributes: AttributeNames },
): Set<string> {
  const moved = movedPlaces(ofKind)
  const values = new Set<string>()
  for (const { attribute, user, of } of state.heldValues) {
    const name = attributes.carried.has(attribute) ? attributes.carried.get(attribute) : attribute
    if (name === undefined) continue
    if (!attributes.isTakenOver(attribute)) values.add(`${attribute} ${user} ${of}`)
    const kind = ofKinds[parseAttribute(attribute).holder] ?? 'VO'
    values.add(`${name} ${user} ${moved.get(`${kind} ${of}`) ?? movedVo(moved, of)}`)
  }
  return values
}

/** New names, by kind and name in force. */
function movedPlaces(ofKind: PairIndex['ofKind']): ReadonlyMap<string, string> {
  const moved = new Map<string, string>()
  for (const kind of ['VO', 'Facility', 'Resource', 'Group'] as const) {
    for (const { have, want } of ofKind(kind)) {
      if (have === undefined || want === undefined) continue
      if (pathOf(have) !== pathOf(want)) moved.set(`${kind} ${pathOf(have)}`, pathOf(want))
    }
  }
  return moved
}

/** What the values of a holder belong to beside the person. */
const ofKinds: Readonly<Record<string, ConfigKind>> = {
  ...{ member: 'VO', 'user-facility': 'Facility', 'member-resource': 'Resource', 'member-group': 'Group' },
}

/** The group of all members moves with its VO, and has no document. */
function movedVo(moved: ReadonlyMap<string, string>, of: string): string {
  const [vo = '', ...rest] = of.split('/')
  const next = moved.get(`VO ${vo}`)
  return next === undefined || rest.length === 0 ? of : [next, ...rest].join('/')
}
