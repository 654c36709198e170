/** A line of standard input; the first has the number 1. */
export interface Line {
  readonly number: number
  readonly text: string
}

/** Longer lines are cut off here, so that memory stays the same whatever is read. */
const longest = 1_000_000

/** Yields lines as soon as their ends have come, without keeping any. */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let number = 0
  let begun = ''
  for await (const chunk of input) {
    const parts = (begun + decoder.decode(chunk, { stream: true })).split('\n')
    begun = (parts.pop() ?? '').slice(0, longest)
    for (const text of parts) yield { number: (number += 1), text }
  }
  const last = begun + decoder.decode()
  if (last !== '') yield { number: number + 1, text: last }
}
