import type { Snapshot } from '../../destination.ts'
import type { Payload } from './payload.ts'

/** No file of a snapshot can be called so. */
const manifestName = '.guildhall.json'
const blockSize = 512
const longestName = 100

/** A tar archive (POSIX.1-2001): first what it is, in `.guildhall.json`, then the files in their order. */
export function tarPayload(snapshot: Snapshot): Payload {
  const { facility, service, generation, hash, files } = snapshot
  const manifest = Buffer.from(JSON.stringify({ facility, service, generation, hash }))
  return {
    type: 'application/x-tar',
    async *pieces() {
      yield entry(manifestName, manifest)
      for (const { path, size } of files) {
        yield head(path, size)
        yield* snapshot.read(path)
        yield padding(size)
      }
    },
    end: Buffer.alloc(2 * blockSize),
  }
}

function entry(name: string, content: Buffer): Buffer {
  return Buffer.concat([header({ name, size: content.length, type: '0' }), content, padding(content.length)])
}

/** A name that is too long for the header stands in a record before it. */
function head(path: string, size: number): Buffer {
  const own = header({ name: path.slice(0, longestName), size, type: '0' })
  if (path.length <= longestName) return own
  const record = Buffer.from(pathRecord(path))
  const before = header({ name: 'pax', size: record.length, type: 'x' })
  return Buffer.concat([before, record, padding(record.length), own])
}

/** `LENGTH path=PATH` and a line feed, where the length counts its own digits. */
function pathRecord(path: string): string {
  const rest = ` path=${path}\n`
  const digits = `${rest.length + 3}`.length
  return `${rest.length + digits}${rest}`
}

interface Header {
  readonly name: string
  readonly size: number
  readonly type: '0' | 'x'
}

/** Fields are octal numbers that end with a NUL; the check sum counts itself as spaces. */
function header({ name, size, type }: Header): Buffer {
  const block = Buffer.alloc(blockSize)
  block.write(name, 0)
  block.write('0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write(type, 156)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize)
}
