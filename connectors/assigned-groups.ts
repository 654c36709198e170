import type { Account, GeneratorInput, GroupView, ResourceView } from './generator.ts'
import { isActive, personOf } from './unix-accounts.ts'

/** What a resource and a group assigned to it have picked, and one of their people. */
interface Assigned<T> {
  readonly picked: T
  readonly account: Account
}

interface Assignment<T> {
  readonly resource: number
  readonly picked: T
}

/**
 * Walks the people of groups that reach a resource by being assigned to it, for the pairs of which `pick` makes something. Who is
 * in the group, but has no access to the resource, is not among them.
 */
export async function* walkAssigned<T>(
  input: GeneratorInput,
  pick: (group: GroupView, resource: ResourceView) => T | undefined,
): AsyncIterable<Assigned<T>> {
  const byGroup = assignmentsByGroup(input, pick)
  const reached = await peopleOf(input, new Set([...byGroup.values()].flat().map(({ resource }) => resource)))
  for await (const members of input.groupMembers()) {
    for (const { group, account } of members.filter(({ account }) => isActive(account))) {
      for (const { resource, picked } of byGroup.get(group) ?? []) {
        if (reached.get(resource)?.has(personOf(account)) === true) yield { picked, account }
      }
    }
  }
}

function assignmentsByGroup<T>(
  { resources, groups }: GeneratorInput,
  pick: (group: GroupView, resource: ResourceView) => T | undefined,
): ReadonlyMap<number, readonly Assignment<T>[]> {
  const indexes = new Map(groups.map(({ vo, name }, index) => [`${vo}/${name}`, index]))
  const found = new Map<number, Assignment<T>[]>()
  for (const [resource, view] of resources.entries()) {
    for (const group of view.groups ?? []) {
      const index = indexes.get(`${group.vo}/${group.name}`)
      const picked = pick(group, view)
      if (index !== undefined && picked !== undefined) {
        found.set(index, [...(found.get(index) ?? []), { resource, picked }])
      }
    }
  }
  return found
}

/** Those with access to each of these resources, by first identity. */
async function peopleOf(
  input: GeneratorInput,
  resources: ReadonlySet<number>,
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const people = new Map([...resources].map((resource) => [resource, new Set<string>()]))
  if (people.size === 0) return people
  for await (const members of input.members()) {
    for (const { resource, account } of members) {
      if (isActive(account)) people.get(resource)?.add(personOf(account))
    }
  }
  return people
}
