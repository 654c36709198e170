const mark = Buffer.from([0xef, 0xbb, 0xbf])

/** The same bytes without the UTF-8 byte order mark that they may begin with. */
export async function* withoutMark(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of bytes) {
    if (begun === undefined) {
      yield chunk
      continue
    }
    begun = Buffer.concat([begun, chunk])
    if (begun.length < mark.length) continue
    yield begun.subarray(0, mark.length).equals(mark) ? begun.subarray(mark.length) : begun
    begun = undefined
  }
  if (begun !== undefined && begun.length > 0) yield begun
}
