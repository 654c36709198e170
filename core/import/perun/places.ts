import type { Groups } from './read-groups.ts'
import type { Resources } from './read-resources.ts'
import { keyOf, kinds, type Of, type Thing } from './things.ts'

/** The document in which values stand, by a name that no other has, or why there is none. */
export type Place = { readonly document: string } | { readonly fault: string }

/** What documents are made of, by id. */
interface Made {
  readonly vos: ReadonlyMap<number, unknown>
  readonly groups: Groups
  readonly resources: Resources
}

/** Says where the values of each thing stand. */
export function placesIn({ vos, groups, resources: { facilities, resources } }: Made): (of: Of) => Place {
  const places: Readonly<Record<Thing, (of: Of) => Place>> = {
    vo: ownDocument(vos),
    group: ownDocument(groups),
    facility: ownDocument(facilities),
    resource: ownDocument(resources),
    group_resource: ({ ids: [group = -1, resource = -1] }) =>
      resources.get(resource)?.groups.has(group) === true
        ? { document: keyOf({ thing: 'resource', ids: [resource] }) }
        : { fault: 'no document assigns the group to the resource' },
  }
  return (of) => places[of.thing](of)
}

function ownDocument(made: ReadonlyMap<number, unknown>): (of: Of) => Place {
  return (of) =>
    made.has(of.ids[0] ?? -1)
      ? { document: keyOf(of) }
      : { fault: `no document is made of the ${kinds[of.thing].label}` }
}
