import type { Manager } from '../../schemas/generated/config.ts'
import { parseGroup } from '../config/references.ts'
import { effectiveMembers } from '../membership/vo-world.ts'
import type { World } from '../membership/world.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { scopeOfPair, type Draft } from './draft.ts'
import type { ScopedReason } from './judge-deletions.ts'
import type { Worlds } from './worlds.ts'

/** Lists the VOs, facilities and the instance that would be left without anybody to manage them. */
export function judgeManagers(draft: Draft, worlds: Worlds): ScopedReason[] {
  const changed = new Set<unknown>(draft.documentChanges.map(({ want }) => want))
  const touched = new Set([...draft.touchedVos].flatMap(({ have, want }) => [have?.name, want?.name]))
  const managed = [...draft.ofKind('Instance'), ...draft.ofKind('Facility'), ...draft.ofKind('VO')]
  return managed.flatMap((pair): ScopedReason[] => {
    const { have, want } = pair
    if (have === undefined || want === undefined) return []
    const outside = managingVos(have).find((vo) => touched.has(vo))
    if (!changed.has(want) && outside === undefined) return []
    if (!isManaged(draft, worlds.before, have) || isManaged(draft, worlds.after, want)) return []
    const subject = want.kind === 'Instance' ? 'instance' : `${want.kind.toLowerCase()} ${want.name}`
    const reason = { code: 'last-manager', subject, message: `${subject} would lose its last manager` } as const
    const scope = changed.has(want) || outside === undefined ? scopeOfPair(pair) : (`vo:${outside}` as const)
    return [{ scope, reason }]
  })
}

/** The VOs whose groups manage it. */
function managingVos(object: ConfigObject): string[] {
  return managersOf(object).flatMap((manager) =>
    'group' in manager ? (parseGroup(manager.group, voOf(object))?.vo ?? []) : [],
  )
}

function managersOf(object: ConfigObject): readonly Manager[] {
  if (isKind(object, 'Instance')) return object.spec.admins ?? []
  return isKind(object, 'VO') || isKind(object, 'Facility') ? (object.spec.managers ?? []) : []
}

function voOf(object: ConfigObject): string | undefined {
  return object.kind === 'VO' ? object.name : object.vo
}

function isManaged({ marks }: Draft, world: World, object: ConfigObject): boolean {
  return managersOf(object).some((manager) => {
    if ('user' in manager) return true
    const group = parseGroup(manager.group, voOf(object))
    const part = group === undefined ? undefined : world.vo(group.vo)
    return group !== undefined && part !== undefined && effectiveMembers(part, group.name, marks).length > 0
  })
}
