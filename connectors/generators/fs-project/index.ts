import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { walkAssigned } from '../../assigned-groups.ts'
import { chooseFor, readChoices } from '../../choices.ts'
import type { Generator, GeneratorInput, GroupView, Output, ResourceView } from '../../generator.ts'
import { createLeftOut } from '../../left-out.ts'
import { writeLines } from '../../line-files.ts'
import { isPlainPath } from '../../plain-paths.ts'
import { kilobytesOf } from '../../quotas.ts'
import { isReservedName, isUnixName } from '../../unix-accounts.ts'
import { readUnixGroups, type UnixGroup } from '../../unix-groups.ts'

const generatorName = 'fs-project'
const baseAttribute = 'resource.projectsBasePath'
const nameAttribute = 'group-resource.projectName'
const permissionsAttribute = 'group-resource.projectDirPermissions'
const ownerAttribute = 'group-resource.projectOwnerLogin'
const quotaAttribute = 'group-resource.projectDataQuota'
const limitAttribute = 'group-resource.projectDataLimit'
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/
const permissionsPattern = /^[0-7]{3}$/

/** Makes `fs-project`: the directory of every group that has one, with its rights and quotas. */
export const generator: Generator = {
  name: generatorName,
  carriesStatus: false,
  requires: [],
  uses: [
    ...['group.unixGroupName', 'group.unixGid', baseAttribute, nameAttribute],
    ...[permissionsAttribute, ownerAttribute, quotaAttribute, limitAttribute],
  ],
  generate,
}

interface Project {
  readonly path: string
  readonly fields: readonly (string | number)[]
}

/** What an assignment makes; undefined for a group that is to have no directory. */
type Made = Project | { readonly reason: string } | undefined

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const project = refuseTwins(input, projectsOf(input))
  const all = assignments(input).map(([group, resource]) => project(group, resource))
  // Assigned to several resources, a group has its directory once.
  const byPath = new Map(all.flatMap((one) => (one !== undefined && 'path' in one ? [[one.path, one] as const] : [])))
  const projects = [...byPath.values()].sort((one, other) => (one.path < other.path ? -1 : 1))
  yield* writeLines(generatorName, projects, ({ fields }) => `${fields.join('\t')}\n`)
  if (all.some((one) => one !== undefined && 'reason' in one)) yield* leftOut(input, project)
}

/** The people whose directory cannot be made. */
async function* leftOut(
  input: GeneratorInput,
  project: (group: GroupView, resource: ResourceView) => Made,
): AsyncIterable<Output> {
  const leaveOut = createLeftOut()
  const reasonOf = (group: GroupView, resource: ResourceView): string | undefined => {
    const made = project(group, resource)
    return made !== undefined && 'reason' in made ? made.reason : undefined
  }
  for await (const { picked: reason, account } of walkAssigned(input, reasonOf)) yield* leaveOut(account, reason)
}

function projectsOf({ options, groups }: GeneratorInput): (group: GroupView, resource: ResourceView) => Made {
  const bases = readChoices(options, {
    ...{ generator: generatorName, option: 'bases', isOne: isPlainPath, examples: ['/storage/projects'] },
  })
  const unixGroups = readUnixGroups(groups)
  const byName = new Map(groups.map(({ vo, name }, index) => [`${vo}/${name}`, unixGroups[index]]))
  const isLimited = options['quotas'] === true
  return (group, resource) => {
    const unixGroup = byName.get(`${group.vo}/${group.name}`)
    const name = group.attributes[nameAttribute] ?? undefined
    if (name === undefined || unixGroup === undefined) return undefined
    const base = chooseFor(resource, baseAttribute, bases)
    return 'reason' in base ? base : readProject(group, { base: base.chosen, name, unixGroup, isLimited })
  }
}

interface Place {
  readonly base: string
  readonly name: JsonValue
  readonly unixGroup: Exclude<UnixGroup, undefined>
  readonly isLimited: boolean
}

function readProject({ vo, name: group, attributes }: GroupView, { base, name, unixGroup, isLimited }: Place): Made {
  if ('reason' in unixGroup) return unixGroup
  const wrong = (what: string) => ({ reason: `group ${vo}/${group}: ${what}` })
  if (typeof name !== 'string' || !namePattern.test(name)) return wrong(`${nameAttribute} is no plain name of a folder`)
  const rights = readRights(attributes)
  if ('wrong' in rights) return wrong(rights.wrong)
  const limits = readLimits(attributes)
  if ('wrong' in limits) return wrong(limits.wrong)
  const about = [base, name, rights.permissions, rights.owner, unixGroup.name, unixGroup.gid]
  return { path: `${base}/${name}`, fields: [...about, limits.soft, limits.hard, 0, 0, isLimited ? 1 : 0] }
}

function readRights(attributes: JsonObject): { readonly permissions: string; readonly owner: string } | Wrong {
  const permissions = textOf(attributes, permissionsAttribute, '750')
  const owner = textOf(attributes, ownerAttribute, 'nobody')
  if (!permissionsPattern.test(permissions)) return { wrong: `${permissionsAttribute} is not of three octal digits` }
  if (owner === 'nobody' || (isUnixName(owner) && !isReservedName(owner))) return { permissions, owner }
  return { wrong: `${ownerAttribute} is no login that somebody may have` }
}

function readLimits(attributes: JsonObject): { readonly soft: number; readonly hard: number } | Wrong {
  const soft = kilobytesOf(textOf(attributes, quotaAttribute, '0'))
  const hard = kilobytesOf(textOf(attributes, limitAttribute, '0'))
  if (soft === undefined) return { wrong: `${quotaAttribute} is no amount of data such as 10G` }
  if (hard === undefined) return { wrong: `${limitAttribute} is no amount of data such as 12G` }
  return hard === 0 || soft <= hard ? { soft, hard } : { wrong: `${limitAttribute} is below projectDataQuota` }
}

interface Wrong {
  readonly wrong: string
}

/** What is none, such as a list, is no text that anything here takes. */
function textOf(attributes: JsonObject, name: string, fallback: string): string {
  const value = attributes[name] ?? fallback
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Two groups with one directory would open it to each other, so neither gets it. */
function refuseTwins(
  input: GeneratorInput,
  project: (group: GroupView, resource: ResourceView) => Made,
): (group: GroupView, resource: ResourceView) => Made {
  const owners = new Map<string, Set<string>>()
  for (const [group, resource] of assignments(input)) {
    const made = project(group, resource)
    if (made === undefined || 'reason' in made) continue
    owners.set(made.path, (owners.get(made.path) ?? new Set()).add(made.fields.join('\t')))
  }
  return (group, resource) => {
    const made = project(group, resource)
    if (made === undefined || 'reason' in made || owners.get(made.path)?.size === 1) return made
    return {
      reason: `group ${group.vo}/${group.name}: another group has the directory ${made.path} too, or other rights there`,
    }
  }
}

function assignments({ resources }: GeneratorInput): readonly (readonly [GroupView, ResourceView])[] {
  return resources.flatMap((resource) => (resource.groups ?? []).map((group) => [group, resource] as const))
}
