import { isList } from '../../../core/attributes/lists.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { GeneratorInput, GroupView, ResourceView } from '../../generator.ts'

/** A word of an FQAN; `/`, `=` and `*` mean something there. */
const word = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/

/** What a resource, or a group on it, gives: a place in a VOMS VO or in a group of it, with roles there. */
export interface Grant {
  readonly resource: number
  readonly vo: string
  /** Undefined where it is the VO itself. */
  readonly group: string | undefined
  readonly roles: readonly string[]
}

/** Why nothing is given. */
export interface Reason {
  readonly reason: string
}

/** What is given, or why nothing is. */
export type Granted = Grant | Reason

/** Grants in the order of resources, and of groups, for each resource that a group is on; or why there are none. */
interface Grants {
  readonly ofResources: readonly Granted[]
  readonly ofGroups: readonly (readonly Granted[])[]
}

/** Reads what resources and their groups give. */
export function readGrants({ resources, groups }: Pick<GeneratorInput, 'resources' | 'groups'>): Grants {
  const ofResources = resources.map(grantOf)
  const onResources = resources.map(({ groups: on = [] }) => new Map(on.map((group) => [nameOf(group), group])))
  const ofGroups = groups.map((one) =>
    ofResources.flatMap((grant, index) => {
      const group = onResources[index]?.get(nameOf(one))
      // Whoever is on a resource that gives nothing has been told so already.
      return group === undefined || 'reason' in grant ? [] : [grantWithin(grant, group)]
    }),
  )
  return { ofResources, ofGroups }
}

function grantOf({ vo, name, attributes }: ResourceView, resource: number): Granted {
  const vomsVo = attributes['resource.vomsVoName'] ?? vo
  const roles = rolesIn(attributes['resource.vomsRoles'])
  if (!isWord(vomsVo)) return { reason: `resource ${vo}/${name}: resource.vomsVoName is not a plain name` }
  if (roles === undefined) return { reason: `resource ${vo}/${name}: resource.vomsRoles is not a list of plain names` }
  return { resource, vo: vomsVo, group: undefined, roles }
}

function grantWithin(grant: Grant, { vo, name, attributes }: GroupView): Granted {
  const group = attributes['group-resource.vomsGroupName'] ?? undefined
  const roles = rolesIn(attributes['group-resource.vomsRoles'])
  if (group !== undefined && !isPath(group))
    return { reason: `group ${vo}/${name}: group-resource.vomsGroupName is not a plain name, or several joined by "/"` }
  if (roles === undefined)
    return { reason: `group ${vo}/${name}: group-resource.vomsRoles is not a list of plain names` }
  return { ...grant, group, roles }
}

/** Names of VOs have no `/`. */
function nameOf({ vo, name }: GroupView): string {
  return `${vo}/${name}`
}

function rolesIn(value: JsonValue | undefined): readonly string[] | undefined {
  const roles = value ?? []
  return isList(roles) && roles.every(isWord) ? roles : undefined
}

function isPath(value: JsonValue): value is string {
  return typeof value === 'string' && value.replace(/^\//, '').split('/').every(isWord)
}

function isWord(value: JsonValue): value is string {
  return typeof value === 'string' && word.test(value)
}
