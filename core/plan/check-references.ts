import { builtInAttributes } from '../config/built-in-attributes.ts'
import { valuesOfObject } from '../config/given-values.ts'
import { membersGroup, parentOf, parseGroup, parseIdentity } from '../config/references.ts'
import { rolesIn, type Role } from '../config/roles.ts'
import { assignedGroups } from '../membership/world.ts'
import { isKind, objectKey, type ConfigKind, type ConfigObject, type DesiredObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { scopeOf } from '../model/scope.ts'
import type { Draft } from './draft.ts'
import { pathOf } from './pair-objects.ts'

interface Target {
  readonly kind: ConfigKind
  readonly vo?: string
  readonly name: string
}

/**
 * Finds references over the border of a scope that lead nowhere because one of the two scopes stays at its last good
 * content; the commit alone has been checked before.
 */
export function checkReferences(draft: Draft): Finding[] {
  if (draft.kept.size === 0) return []
  const present = new Set(draft.pairs.flatMap(({ want }) => (want === undefined ? [] : [objectKey(want)])))
  const isMissing = (object: DesiredObject, target: Target): boolean =>
    scopeOf(target) !== scopeOf(object) && !present.has(objectKey(target)) && !comesAndGoes(target, bases)
  const bases = basesIn(draft)
  const ofDocuments = draft.pairs.flatMap(({ want }) =>
    want === undefined
      ? []
      : referencesOf(want).flatMap((target) => (isMissing(want, target) ? [broken(draft, want, target)] : [])),
  )
  return [...ofDocuments, ...missingSources(draft, present)].flatMap((finding) => finding ?? [])
}

/** Groups below which a source makes others, as `vo/name`. */
function basesIn(draft: Draft): ReadonlySet<string> {
  return new Set(
    draft
      .ofKind('Group')
      .flatMap(({ have, want }) =>
        [have, want].flatMap((object) =>
          object !== undefined && isKind(object, 'Group') && object.spec.structure !== undefined ? pathOf(object) : [],
        ),
      ),
  )
}

/** Whether a source makes and removes the group: whoever names it is told where there is none. */
function comesAndGoes({ kind, vo = '', name }: Target, bases: ReadonlySet<string>): boolean {
  if (kind !== 'Group' || bases.size === 0) return false
  for (let above = parentOf(name); above !== undefined; above = parentOf(above))
    if (bases.has(`${vo}/${above}`)) return true
  return false
}

function broken(draft: Draft, object: DesiredObject, target: Target): Finding | undefined {
  const what = `${target.kind} "${target.vo === undefined ? '' : `${target.vo}/`}${target.name}"`
  const who = `${object.kind} "${object.vo === undefined ? '' : `${object.vo}/`}${object.name}"`
  const scope = scopeOf(target)
  if (!draft.kept.has(scopeOf(object))) {
    const message = `${who} refers to ${what}, which is not in force: ${scope} stays at its last good content`
    return { severity: 'error', code: 'reference-unknown', message, at: object.at, scope: scopeOf(object) }
  }
  if (draft.kept.has(scope)) return undefined
  const message = `${what} cannot be removed: ${who}, which stays at its last good content, still uses it`
  return { severity: 'error', code: 'still-used', message, at: object.at, scope }
}

/** Sources that the members of a VO come from. */
function missingSources(draft: Draft, present: ReadonlySet<string>): (Finding | undefined)[] {
  const seen = new Set<string>()
  return draft.desired.rows.flatMap(({ vo, user }) => {
    const source = parseIdentity(user)?.source ?? ''
    const key = `${vo} ${source}`
    if (seen.has(key) || present.has(`Source ${source}`)) return []
    seen.add(key)
    const object = draft.vosByWant.get(vo)?.want
    return object === undefined ? [] : [broken(draft, object, { kind: 'Source', name: source })]
  })
}

function referencesOf(object: ConfigObject): Target[] {
  return [...rolesIn(object).flatMap((role) => managingGroups(role, voOf(object))), ...othersIn(object)]
}

function voOf(object: ConfigObject): string | undefined {
  return object.kind === 'VO' ? object.name : object.vo
}

function othersIn(object: ConfigObject): Target[] {
  if (isKind(object, 'Resource')) {
    return [
      { kind: 'Facility', name: object.spec.facility },
      ...(object.spec.services ?? []).map((name): Target => ({ kind: 'Service', name })),
      ...assignedGroups(object).flatMap(({ vo, name }) => groupTarget(vo, name)),
      ...attributeTargets(object),
    ]
  }
  if (isKind(object, 'Group')) return attributeTargets(object)
  if (!isKind(object, 'VO')) return []
  return [...(object.spec.requires?.attributes ?? []).flatMap(attributeTarget), ...attributeTargets(object)]
}

function groupTarget(vo: string, name: string): Target[] {
  return name === membersGroup ? [{ kind: 'VO', name: vo }] : [{ kind: 'Group', vo, name }]
}

function managingGroups({ holders }: Role, ownVo: string | undefined): Target[] {
  return holders.flatMap((holder) => {
    const group = 'group' in holder ? parseGroup(holder.group, ownVo) : undefined
    return group === undefined ? [] : groupTarget(group.vo, group.name)
  })
}

function attributeTargets(object: ConfigObject): Target[] {
  return valuesOfObject(object).flatMap(({ name }) => attributeTarget(name))
}

function attributeTarget(name: string): Target[] {
  return name in builtInAttributes ? [] : [{ kind: 'Attribute', name }]
}
