/** How much text goes out in one piece: large enough to make the way there cheap, small enough to hold. */
export const batchSize = 64 * 1024

/** Joins small texts to pieces of some 64 KB. */
export function* inBatches(texts: Iterable<string>): Generator<string> {
  let batch = ''
  for (const text of texts) {
    batch += text
    if (batch.length < batchSize) continue
    yield batch
    batch = ''
  }
  if (batch !== '') yield batch
}
