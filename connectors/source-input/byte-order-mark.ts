import type { Input } from './open-input.ts'
import { unreadable } from './open-input.ts'

const mark = Buffer.from([0xef, 0xbb, 0xbf])
const otherMarks = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]

/** The bytes without the UTF-8 byte order mark that they may begin with; fails where they begin with that of UTF-16. */
export async function* withoutMark(input: Pick<Input, 'bytes' | 'name'>): AsyncGenerator<Buffer> {
  let begun: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of input.bytes) {
    if (begun === undefined) {
      yield chunk
      continue
    }
    begun = Buffer.concat([begun, chunk])
    if (begun.length < mark.length) continue
    yield unmarked(begun, input)
    begun = undefined
  }
  if (begun !== undefined && begun.length > 0) yield unmarked(begun, input)
}

function unmarked(begun: Buffer, input: Pick<Input, 'name'>): Buffer {
  if (otherMarks.some((other) => begun.subarray(0, other.length).equals(other)))
    throw unreadable(input, 'it is written in UTF-16; write it in UTF-8')
  return begun.subarray(0, mark.length).equals(mark) ? begun.subarray(mark.length) : begun
}
