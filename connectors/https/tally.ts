import { failed } from './failures.ts'

/** Keeps count over the pages of one list: where somebody is named twice, somebody else may have slipped between two pages. */
export interface Tally {
  /** How many were taken. */
  readonly count: number
  /** Whether as many were taken as there were said to be. */
  readonly isFull: boolean
  /** Takes the ids of a page, and how many the page says there are in all; fails where that cannot be. */
  take(ids: readonly string[], total: number | undefined): void
  /** Fails unless as many were taken as there were said to be. */
  end(): void
}

/** Starts to count. */
export function createTally(shown: string): Tally {
  const seen = new Set<string>()
  let expected: number | undefined
  const wrong = (reason: string): Error => failed('SOURCE_ANSWER_WRONG', shown, reason)
  return {
    get count() {
      return seen.size
    },
    get isFull() {
      return seen.size === expected
    },
    take(ids, total) {
      if (expected !== undefined && total !== undefined && total !== expected)
        throw wrong(`it said there were ${expected}, and on another page ${total}: it changed while it was read`)
      expected ??= total
      for (const id of ids) {
        if (seen.has(id))
          throw wrong(`it names ${JSON.stringify(id.slice(0, 200))} twice: it changed while it was read`)
        seen.add(id)
      }
      if (expected !== undefined && seen.size > expected)
        throw wrong(`it gives more than the ${expected} it said there were`)
    },
    end() {
      if (expected !== undefined && seen.size !== expected)
        throw wrong(`it said there were ${expected}, and gave ${seen.size}`)
    },
  }
}
