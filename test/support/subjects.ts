import type { SubjectRead, SyncSubject } from '../../store/index.ts'

/** What a source of a test says; a text stands for a subject with this identity alone. */
export function subjectsOf(
  subjects: readonly (string | SyncSubject)[],
  { complete = true, count = subjects.length }: { readonly complete?: boolean; readonly count?: number } = {},
): SubjectRead {
  const pages = subjects.map((one) => [typeof one === 'string' ? { identity: one } : one])
  return {
    [Symbol.asyncIterator]: async function* () {
      yield* pages
      return { complete, count }
    },
  }
}

/** A source that fails once it has said this much. */
export function failingAfter(subjects: readonly string[]): SubjectRead {
  return {
    [Symbol.asyncIterator]: async function* () {
      yield subjects.map((identity) => ({ identity }))
      throw new Error('the directory hung up')
    },
  }
}
