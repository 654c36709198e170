import type { Entry, FileAccess, FileKind } from '../../service-folder/file-access.ts'
import { failure, isUnsupported, noSuchFile, statusOf, type Requests } from './requests.ts'

/** A file's bytes on their way at once: what one answer takes is paid once for all of them. */
const writesAtOnce = 16
const readBytes = 256 * 1024

/** The files of a host, as an SFTP server shows them; `place` tells it from other hosts. */
export function remoteFiles(place: string, requests: Requests): FileAccess {
  const { ask, tell } = requests
  const files: FileAccess = {
    place,
    atOnce: 16,
    isMissing,
    async kindOf(path) {
      try {
        const { mode } = await ask<{ mode: number }>((sftp, done) => sftp.lstat(path, done))
        return kindIn(mode)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    list: (folder) => list(requests, folder),
    read: (path) => read(requests, path),
    write: (path, content) => write(requests, path, content),
    makeFolder: (path) => tell((sftp, done) => sftp.mkdir(path, done)),
    rename: (from, to) => tell((sftp, done) => sftp.ext_openssh_rename(from, to, done)),
    sync: (path) => sync(requests, path),
    async removeFolder(path) {
      // Version 3 has no status of its own for a folder that is not empty.
      if ((await list(requests, path)).length > 0) return
      await tell((sftp, done) => sftp.rmdir(path, done)).catch(async (error: unknown) => {
        if ((await files.kindOf(path)) !== undefined && (await list(requests, path)).length === 0) throw error
      })
    },
    removeAll: (path) => removeAll(files, requests, path),
  }
  return files
}

function isMissing(error: unknown): boolean {
  return statusOf(error) === noSuchFile
}

function kindIn(mode: number): FileKind {
  const type = mode & 0o170000
  if (type === 0o100000) return 'file'
  return type === 0o040000 ? 'folder' : 'other'
}

async function list({ ask }: Requests, folder: string): Promise<Entry[]> {
  try {
    const found = await ask<readonly { filename: string; attrs: { mode: number } }[]>((sftp, done) =>
      sftp.readdir(folder, done),
    )
    return found.map(({ filename, attrs }) => ({ name: filename, kind: kindIn(attrs.mode) }))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function* read(requests: Requests, path: string): AsyncGenerator<Uint8Array> {
  const handle = await requests.ask<Buffer>((sftp, done) => sftp.open(path, 'r', done))
  try {
    for (let position = 0; ;) {
      const chunk = await readAt(requests, handle, position)
      if (chunk.byteLength === 0) return
      position += chunk.byteLength
      yield chunk
    }
  } finally {
    await close(requests, handle)
  }
}

async function readAt({ ask }: Requests, handle: Buffer, position: number): Promise<Buffer> {
  const buffer = Buffer.alloc(readBytes)
  const count = await ask<number>((sftp, done) => sftp.read(handle, buffer, 0, readBytes, position, done))
  return buffer.subarray(0, count)
}

async function write(requests: Requests, path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await requests.ask<Buffer>((sftp, done) => sftp.open(path, 'wx', done))
  try {
    const under: Promise<void>[] = []
    let position = 0
    for await (const chunk of content) {
      const writing = writeAt(requests, handle, { chunk, position })
      writing.catch(() => undefined)
      under.push(writing)
      position += chunk.byteLength
      if (under.length === writesAtOnce) await Promise.all(under.splice(0))
    }
    await Promise.all(under)
  } catch (error) {
    throw (await isFull(requests, error, handle))
      ? Object.assign(new Error('the disk is full'), { code: failure })
      : error
  } finally {
    await close(requests, handle)
  }
}

/** The protocol's status says only that something failed. */
async function isFull({ ask }: Requests, error: unknown, handle: Buffer): Promise<boolean> {
  if (statusOf(error) !== failure) return false
  try {
    const found = await ask<{ f_bavail?: unknown }>((sftp, done) => sftp.ext_openssh_fstatvfs(handle, done))
    return Number(found.f_bavail) === 0
  } catch {
    return false
  }
}

function writeAt(
  { tell }: Requests,
  handle: Buffer,
  { chunk, position }: { readonly chunk: Uint8Array; readonly position: number },
): Promise<void> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  return tell((sftp, done) => sftp.write(handle, bytes, 0, bytes.length, position, done))
}

/** Where the server does not offer it, what it has said it wrote has to do. */
async function sync(requests: Requests, path: string): Promise<void> {
  const handle = await requests.ask<Buffer>((sftp, done) => sftp.open(path, 'r', done))
  try {
    await requests.tell((sftp, done) => sftp.ext_openssh_fsync(handle, done))
  } catch (error) {
    if (!isUnsupported(error)) throw error
  } finally {
    await close(requests, handle)
  }
}

async function close({ tell }: Requests, handle: Buffer): Promise<void> {
  await tell((sftp, done) => sftp.close(handle, done))
}

async function removeAll(files: FileAccess, requests: Requests, path: string): Promise<void> {
  const kind = await files.kindOf(path)
  if (kind === undefined) return
  if (kind === 'folder')
    for (const { name } of await files.list(path)) await removeAll(files, requests, `${path}/${name}`)
  const remove = requests.tell((sftp, done) => (kind === 'folder' ? sftp.rmdir(path, done) : sftp.unlink(path, done)))
  await remove.catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
}
