import { GuildhallError } from '../core/errors.ts'

/** One part of an output file's path: no hidden meaning for a shell, a file system or our own bookkeeping. */
const part = /^[A-Za-z0-9_.][A-Za-z0-9._@+=-]{0,99}$/
const longest = 400

/** Tells whether an output file's name is relative, plain, and cannot leave the folder it is written in. */
export function isSafeFileName(path: string): boolean {
  return path.length <= longest && path.split('/').every(isSafePart)
}

/** Refuses a list of output files that is not safe to write: hostile names, twins, or a file where another's folder must be. */
export function requireSafeFileNames(paths: readonly string[]): void {
  const seen = new Set<string>()
  for (const path of paths) {
    if (!isSafeFileName(path)) throw refused(path, 'its name is not a plain relative one')
    if (seen.has(path)) throw refused(path, 'it is there twice')
    seen.add(path)
  }
  for (const path of paths) {
    const clash = foldersOf(path).find((folder) => seen.has(folder))
    if (clash !== undefined) throw refused(path, `"${clash}" is a file of the same snapshot`)
  }
}

/** Refuses names that could mean more than a word where they are sent: in a line of a protocol, a header, or as a folder. */
export function requirePlainWords(names: readonly string[]): void {
  for (const name of names) {
    if (isSafeFileName(name) && !name.includes('/')) continue
    throw new GuildhallError(
      'DELIVERY_REFUSED',
      `Cannot deliver ${JSON.stringify(name)}: the name is no plain word of letters, digits and "._@+=-"`,
      { facts: { name } },
    )
  }
}

/** The folders a relative path goes through, outermost first: `a/b/c` gives `a`, `a/b`. */
export function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function isSafePart(text: string): boolean {
  return part.test(text) && text !== '.' && text !== '..' && !text.startsWith('.guildhall')
}

function refused(path: string, reason: string): GuildhallError {
  return new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot deliver file ${JSON.stringify(path)}: ${reason}; names are parts of letters, digits and "._@+=-" joined by "/"`,
    { facts: { path } },
  )
}
