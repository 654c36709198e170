import { groupBy } from '../../model/group-by.ts'
import type { Groups, VoMember } from './read-groups.ts'
import type { Resources } from './read-resources.ts'
import { keyOf, kinds, type Of, type Thing } from './things.ts'

/** The document in which values stand, by a name that no other has, or why there is none. */
export type Place = { readonly document: string } | { readonly fault: string }

/** What documents are made of, by id. */
interface Made {
  readonly vos: ReadonlyMap<number, unknown>
  readonly users: ReadonlyMap<number, unknown>
  readonly groups: Groups
  readonly members: ReadonlyMap<number, VoMember>
  readonly resources: Resources
}

/** Says where the values of each thing stand. */
export function placesIn(made: Made): (of: Of) => Place {
  const { vos, users, groups, members } = made
  const { facilities, resources } = made.resources
  const sizes = new Map([...groupBy(members.values(), ({ vo }) => vo)].map(([vo, own]) => [vo, own.length]))
  const places: Readonly<Record<Thing, (of: Of) => Place>> = {
    vo: ownDocument(vos),
    user: ownDocument(users),
    group: ownDocument(groups),
    facility: ownDocument(facilities),
    resource: ownDocument(resources),
    group_resource: ({ ids: [group = -1, resource = -1] }) =>
      resources.get(resource)?.groups.has(group) === true
        ? { document: keyOf({ thing: 'resource', ids: [resource] }) }
        : { fault: 'no document assigns the group to the resource' },
    member: ({ ids: [member = -1] }) => {
      const vo = members.get(member)?.vo
      if (vo === undefined || !vos.has(vo)) return { fault: 'no document names the member' }
      return inMembers(sizes.get(vo) ?? 0, { thing: 'vo', ids: [vo] })
    },
    member_group: ({ ids: [member = -1, group = -1] }) => {
      const own = groups.get(group)?.members
      if (own?.has(member) !== true) return { fault: 'the document of the group does not name the member' }
      return inMembers(own.size, { thing: 'group', ids: [group] })
    },
  }
  return (of) => places[of.thing](of)
}

/** Longer lists of members stand in a file of their own, where there is no place for values. */
const mostInDocument = 2_000

function inMembers(size: number, of: Of): Place {
  if (size <= mostInDocument) return { document: keyOf(of) }
  return { fault: `with more than ${mostInDocument} members there is no place for values of each` }
}

function ownDocument(made: ReadonlyMap<number, unknown>): (of: Of) => Place {
  return (of) =>
    made.has(of.ids[0] ?? -1)
      ? { document: keyOf(of) }
      : { fault: `no document is made of the ${kinds[of.thing].label}` }
}
