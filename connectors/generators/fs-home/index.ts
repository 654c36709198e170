import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { createLeftOut } from '../../left-out.ts'
import { writeLines } from '../../line-files.ts'
import { mountPointAttribute, mountPointsOf } from '../../mount-points.ts'
import { quotaAttributes, readQuotas, type PlaceQuota } from '../../quotas.ts'
import { findTwins } from '../../twins.ts'
import { isActive, personOf, readLogin, readUnixIds } from '../../unix-accounts.ts'
import { readUnixGroups } from '../../unix-groups.ts'

const generatorName = 'fs-home'
const umaskPattern = /^0?[0-7]{3}$/

/** Makes `fs-home`: the home directories of everybody, with whose they are and how their owners stand, and what may be filled of them. */
export const generator: Generator = {
  name: generatorName,
  carriesStatus: true,
  requires: ['user.login', 'user-facility.uid'],
  uses: ['user-facility.gid', mountPointAttribute, 'group.unixGroupName', 'group.unixGid', ...quotaAttributes],
  generate,
}

type Standing = 'SUSPENDED' | 'VALID' | 'EXPIRED'

interface Owner {
  readonly user: string
  readonly login: string
  readonly uid: number
  readonly gid: number
  readonly quotas: readonly PlaceQuota[]
  /** How the owner stands, by mount point. */
  readonly homes: Map<string, Standing>
  /** Groups of the facility, as `VO:group>Unix group`. */
  readonly groups: Set<string>
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const isLimited = input.options['quotas'] === true
  const leaveOut = createLeftOut()
  const owners = yield* readOwners(input, leaveOut)
  yield* addHomes(input, owners, leaveOut)
  await addGroups(input, owners)
  const sorted = [...owners.values()].sort((one, other) => (one.login < other.login ? -1 : 1))
  yield* writeLines(generatorName, sorted, homeLines)
  yield* sideFiles(input.options, isLimited ? [...sorted].sort((one, other) => one.uid - other.uid) : undefined)
}

type LeaveOut = ReturnType<typeof createLeftOut>
type Owners = ReadonlyMap<string, Owner>

async function* readOwners(input: GeneratorInput, leaveOut: LeaveOut): AsyncGenerator<Output, Owners> {
  const owners: Owner[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts) {
      const owner = readOwner(account)
      if ('reason' in owner) yield* leaveOut(account, owner.reason)
      else owners.push(owner)
    }
  }
  const twins = findTwins(owners, ({ login, uid }) => [
    ['login', login],
    ['uid', uid],
  ])
  for (const [{ user }, reason] of twins) yield { kind: 'left-out', user, reason }
  return new Map(owners.flatMap((owner) => (twins.has(owner) ? [] : [[owner.user, owner] as const])))
}

function readOwner(account: Account): Owner | { readonly reason: string } {
  const login = readLogin(account)
  if ('reason' in login) return login
  const ids = readUnixIds(account.attributes)
  if ('reason' in ids) return ids
  const quotas = readQuotas(account.attributes)
  if ('reason' in quotas) return quotas
  return { user: personOf(account), ...login, ...ids, quotas, homes: new Map(), groups: new Set() }
}

async function* addHomes(input: GeneratorInput, owners: Owners, leaveOut: LeaveOut): AsyncIterable<Output> {
  const mountPointOf = mountPointsOf(input.options, generatorName)
  const mountPoints = input.resources.map(mountPointOf)
  for await (const members of input.members()) {
    for (const { resource, account } of members) {
      const mountPoint = mountPoints[resource]
      const homes = owners.get(personOf(account))?.homes
      if (mountPoint === undefined || homes === undefined) continue
      if ('reason' in mountPoint) yield* leaveOut(account, mountPoint.reason)
      else homes.set(mountPoint.chosen, together(homes.get(mountPoint.chosen), standingOf(account)))
    }
  }
}

function standingOf({ banned, status }: Account): Standing {
  if (banned) return 'SUSPENDED'
  return status === 'VALID' ? 'VALID' : 'EXPIRED'
}

/** By several resources: who is banned from one is suspended, else one that is VALID counts. */
function together(one: Standing | undefined, other: Standing): Standing {
  if (one === undefined || one === other) return other
  return one === 'SUSPENDED' || other === 'SUSPENDED' ? 'SUSPENDED' : 'VALID'
}

async function addGroups(input: GeneratorInput, owners: Owners): Promise<void> {
  const unixGroups = readUnixGroups(input.groups)
  const names = input.groups.map(({ vo, name }, index) => {
    const unixGroup = unixGroups[index]
    return `${vo}:${name}>${unixGroup !== undefined && 'name' in unixGroup ? unixGroup.name : ''}`
  })
  for await (const members of input.groupMembers()) {
    for (const { group, account } of members) {
      const name = names[group]
      if (name !== undefined && isActive(account)) owners.get(personOf(account))?.groups.add(name)
    }
  }
}

function homeLines({ login, uid, gid, homes, groups }: Owner): string {
  const listed = [...groups].sort().join(',')
  return [...homes]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([mountPoint, standing]) => `${[mountPoint, login, uid, gid, standing, listed].join('\t')}\n`)
    .join('')
}

/** What holds of all homes, and what each owner may fill. */
function* sideFiles(options: JsonObject, owners: readonly Owner[] | undefined): Iterable<Output> {
  const umask = options['umask']
  if (umask !== undefined && (typeof umask !== 'string' || !umaskPattern.test(umask))) throw invalidUmask()
  if (umask !== undefined) yield { kind: 'file', file: 'umask', text: `${umask}\n` }
  if (owners === undefined) return
  yield { kind: 'file', file: 'quota_enabled', text: '1\n' }
  yield* writeLines('quotas', owners, quotaLines)
}

function quotaLines({ uid, quotas }: Owner): string {
  return quotas
    .map(({ path, data, files }) => `${[uid, path, data.soft, data.hard, files.soft, files.hard].join('\t')}\n`)
    .join('')
}

function invalidUmask(): GuildhallError {
  return new GuildhallError(
    'GENERATOR_OPTIONS_INVALID',
    `Cannot generate ${generatorName}: option umask must be a mask such as "0027"`,
    { facts: { option: 'umask' } },
  )
}
