import type { Account, GeneratorInput } from './generator.ts'

/** A group by its index, with what was made of its members. */
export interface PickedMembers<T> {
  readonly group: number
  readonly members: readonly T[]
}

/** Gives what `pick` makes of the members of a group, group by group in their order, also of groups without any. */
export async function* membersByGroup<T extends string>(
  input: Pick<GeneratorInput, 'groupMembers' | 'groups'>,
  pick: (account: Account, group: number) => T | undefined,
): AsyncIterable<PickedMembers<T>> {
  let open = 0
  let members: T[] = []
  for await (const batch of input.groupMembers()) {
    for (const { group, account } of batch) {
      for (; open < group; open += 1) {
        yield { group: open, members }
        members = []
      }
      const picked = pick(account, group)
      if (picked !== undefined) members.push(picked)
    }
  }
  for (; open < input.groups.length; open += 1) {
    yield { group: open, members }
    members = []
  }
}
