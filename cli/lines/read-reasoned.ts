import { readObjects, type ObjectReader } from './read-objects.ts'
import { expectedWords, isWords } from './words.ts'

/** What a line says of itself, before the reason of all. */
export interface Reasoned {
  readonly reason?: string
}

/** Reads an object a line, each of which may have a reason of its own. */
export async function readReasoned<Request extends object>(
  input: AsyncIterable<Uint8Array>,
  { form, keys, read }: ObjectReader<Request>,
): Promise<(Request & Reasoned)[]> {
  return readObjects<Request & Reasoned>(input, {
    ...{ form, keys: [...keys, 'reason'] },
    read: ({ reason, ...line }) => {
      const request = read(line)
      if (typeof request === 'string' || reason === undefined) return request
      return isWords(reason) ? { ...request, reason } : expectedWords('reason', expectedReason, reason)
    },
  })
}

const expectedReason = 'expected words such as "left the institute"'

/** Says in the help of a command what a line may have beside what it is about. */
export const reasonOnLine = 'A line may have a "reason" of its own, which goes before the option.'
