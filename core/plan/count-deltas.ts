import type { PersonIndex } from '../membership/person-marks.ts'
import { effectiveMembers, validMembers, type VoWorld } from '../membership/vo-world.ts'
import { access, type World } from '../membership/world.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { blame, likelyScope } from './blame.ts'
import { countFacilities } from './count-facilities.ts'
import { countSources } from './count-sources.ts'
import type { ObjectPair } from './pair-objects.ts'
import { namesOf, type DeltaContext, type SetDelta } from './set-delta.ts'
import type { Touched } from './touched.ts'

type Count = (world: World, object: ConfigObject) => readonly PersonIndex[]

/** Counts every touched VO, group and resource, the facilities of the resources that differ, and the sources whose people do. */
export function countDeltas(context: DeltaContext, touched: Touched): SetDelta[] {
  const { marks } = context.draft
  const countVo: Count = (world, { name }) => inPart(world.vo(name), validMembers)
  const countGroup: Count = (world, { vo, name }) =>
    inPart(world.vo(vo ?? ''), (part) => effectiveMembers(part, name, marks))
  const countResource: Count = (world, object) => (isKind(object, 'Resource') ? access(world, object, marks) : [])
  const sets = [
    ...touched.vos.map((pair) => countDelta(context, pair, countVo)),
    ...touched.groups.map((pair) => countDelta(context, pair, countGroup)),
  ]
  const resources = touched.resources.map((pair) => countDelta(context, pair, countResource))
  return [...sets, ...resources, ...countFacilities(context, resources), ...countSources(context)]
}

function inPart(part: VoWorld | undefined, count: (part: VoWorld) => readonly PersonIndex[]): readonly PersonIndex[] {
  return part === undefined ? [] : count(part)
}

function countDelta(context: DeltaContext, pair: ObjectPair, count: Count): SetDelta {
  const { draft, worlds } = context
  const { have, want } = pair
  const before = have === undefined ? [] : count(worlds.before, have)
  const after = want === undefined ? [] : count(worlds.after, want)
  const lost = draft.marks.without(before, after)
  const gained = draft.marks.without(after, before)
  return {
    pair,
    before,
    after,
    lost,
    gained,
    lostBy: blame(context, { pair, lost, count }),
    gainedBy: gained.length === 0 ? [] : [likelyScope(context, pair)],
    ...namesOf(pair),
  }
}
