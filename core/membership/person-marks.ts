/** A person's place in `People`. */
export type PersonIndex = number

/** Finds what two lists of people do not have in common, keeping their order. */
export interface PersonMarks {
  /** The list without repetitions. */
  unique(...lists: readonly Iterable<PersonIndex>[]): PersonIndex[]
  /** Those of `from` that are not in `other`. */
  without(from: readonly PersonIndex[], other: readonly PersonIndex[]): PersonIndex[]
}

/** Makes the marks for one planning run. */
export function createPersonMarks(people: { readonly count: number }): PersonMarks {
  const marks = new Int32Array(people.count)
  let stamp = 0
  return {
    unique(...lists) {
      stamp += 1
      const seen: PersonIndex[] = []
      for (const list of lists) {
        for (const person of list) {
          if (marks[person] === stamp) continue
          marks[person] = stamp
          seen.push(person)
        }
      }
      return seen
    },
    without(from, other) {
      stamp += 1
      for (const person of other) marks[person] = stamp
      return from.filter((person) => marks[person] !== stamp)
    },
  }
}
