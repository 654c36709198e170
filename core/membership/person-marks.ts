/** A person's place in `People`. */
export type PersonIndex = number

/** Finds what two lists of people do not have in common, keeping their order. */
export interface PersonMarks {
  /** The list without repetitions. */
  unique(...lists: readonly Iterable<PersonIndex>[]): PersonIndex[]
  /** Those of `from` that are not in `other`. */
  without(from: readonly PersonIndex[], other: readonly PersonIndex[]): PersonIndex[]
  /** Whether two lists, each without repetitions, name the same people; makes nothing. */
  areSame(one: readonly PersonIndex[], other: readonly PersonIndex[]): boolean
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
    areSame(one, other) {
      if (one.length !== other.length) return false
      stamp += 1
      for (const person of one) marks[person] = stamp
      return other.every((person) => marks[person] === stamp)
    },
  }
}
