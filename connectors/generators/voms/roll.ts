import type { Grant, Granted } from './grants.ts'
import type { VomsUser, VomsVo } from './render.ts'

/** Somebody who can be in a VOMS VO. */
export interface Person extends Pick<VomsUser, 'email' | 'certificates'> {
  readonly user: string
}

/** Who is in which VOMS VO, and with what. */
export interface Roll {
  /** Puts somebody into the VO of a resource. */
  enter(grant: Grant, person: Person): void
  /** Gives what a group on a resource gives to whoever is in the VO by this resource. */
  give(grant: Grant, user: string): void
  vos(): Iterable<VomsVo>
}

interface Entry {
  readonly person: Person
  /** The resources that lead here, by their indexes. */
  readonly through: Set<number>
  readonly roles: Set<string>
  readonly groups: Map<string, Set<string>>
}

/** Begins with the VOs of these resources, also where nobody will be in them. */
export function createRoll(ofResources: readonly Granted[]): Roll {
  const named = ofResources.flatMap((grant) => ('vo' in grant ? [grant.vo] : [])).sort()
  const vos = new Map(named.map((vo) => [vo, new Map<string, Entry>()]))
  return {
    enter({ resource, vo, roles }, person) {
      const users = vos.get(vo)
      const entry = users?.get(person.user) ?? { person, through: new Set(), roles: new Set(), groups: new Map() }
      users?.set(person.user, entry)
      entry.through.add(resource)
      for (const role of roles) entry.roles.add(role)
    },
    give({ resource, vo, group, roles }, user) {
      const entry = vos.get(vo)?.get(user)
      if (entry?.through.has(resource) !== true) return
      const held = group === undefined ? entry.roles : (entry.groups.get(group) ?? new Set())
      if (group !== undefined) entry.groups.set(group, held)
      for (const role of roles) held.add(role)
    },
    *vos() {
      for (const [name, users] of vos) yield { name, users: [...users.values()].map(userOf) }
    },
  }
}

function userOf({ person: { email, certificates }, roles, groups }: Entry): VomsUser {
  return {
    ...{ email, certificates, roles: [...roles].sort() },
    groups: [...groups.keys()].sort().map((name) => ({ name, roles: [...(groups.get(name) ?? [])].sort() })),
  }
}
