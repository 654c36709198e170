import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { createLeftOut } from '../../left-out.ts'
import { writeLines } from '../../line-files.ts'
import { mountPointAttribute, mountPointsOf } from '../../mount-points.ts'
import { quotaAttributes, readQuotas, type PlaceQuota } from '../../quotas.ts'
import { readUnique } from '../../unique-entries.ts'
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
  const owners = yield* readOwners(input)
  yield* addHomes(input, owners)
  await addGroups(input, owners)
  const sorted = [...owners.values()].sort((one, other) => (one.login < other.login ? -1 : 1))
  yield* writeLines(generatorName, sorted, homeLines)
  yield* sideFiles(input.options, isLimited ? [...sorted].sort((one, other) => one.uid - other.uid) : undefined)
}

type Owners = ReadonlyMap<string, Owner>

async function* readOwners(input: GeneratorInput): AsyncGenerator<Output, Owners> {
  const owners = yield* readUnique(input, {
    read: readOwner,
    keysOf: ({ login, uid }) => [
      ['login', login],
      ['uid', uid],
    ],
  })
  return new Map(owners.map((owner) => [owner.user, owner]))
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

async function* addHomes(input: GeneratorInput, owners: Owners): AsyncIterable<Output> {
  const leaveOut = createLeftOut()
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
