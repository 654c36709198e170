import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const endMark = 0x06054b50
const entryMark = 0x02014b50

/** The content of the one entry of a ZIP archive whose name ends that way; undefined when there is none. */
export function unzipEntry(archive: string, nameEnd: string): Buffer | undefined {
  const file = openSync(archive, 'r')
  try {
    const entry = directoryOf(file).find(({ name }) => name.endsWith(nameEnd))
    return entry === undefined ? undefined : contentOf(file, entry)
  } finally {
    closeSync(file)
  }
}

interface Entry {
  readonly name: string
  readonly method: number
  readonly packedBytes: number
  readonly at: number
}

function directoryOf(file: number): Entry[] {
  const { size } = fstatSync(file)
  const tail = slice(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from('504b0506', 'hex'))
  if (end < 0 || tail.readUInt32LE(end) !== endMark) return []
  const directory = slice(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries: Entry[] = []
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === entryMark;) {
    const nameBytes = directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      at: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

function contentOf(file: number, entry: Entry): Buffer {
  const head = slice(file, entry.at, 30)
  const start = entry.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28)
  const packed = slice(file, start, entry.packedBytes)
  return entry.method === 0 ? packed : inflateRawSync(packed)
}

function slice(file: number, start: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  readSync(file, buffer, 0, bytes, start)
  return buffer
}
