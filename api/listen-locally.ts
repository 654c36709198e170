import { chmod, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** The longest path that the system takes for a socket. */
const longest = 103

/** Tells whether a socket can be at a path; the folder that it is made in makes it longer. */
export function fitsSocket(path: string): boolean {
  return Buffer.byteLength(placeIn(`${dirname(path)}/${made}XXXXXX`)) <= longest && Buffer.byteLength(path) <= longest
}

const made = '.s'
const placeIn = (folder: string): string => join(folder, 's')

/**
 * Lets a server answer at a socket that only the system's own user can open, at no moment anybody else: it is made in a folder of
 * that user's and moved from there. Takes the place of what a process that died has left. Returns what takes it away.
 */
export async function listenLocally(app: FastifyInstance, path: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(dirname(path), made))
  try {
    const place = placeIn(folder)
    await app.listen({ path: place })
    await chmod(place, 0o600)
    const { ino } = await stat(place)
    await rename(place, path)
    return async () => {
      // Another process may have taken the place since.
      const there = await stat(path).catch(() => undefined)
      if (there?.ino === ino) await rm(path, { force: true })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
