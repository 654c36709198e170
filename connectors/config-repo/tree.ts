/** One entry of a folder or a commit. */
export interface TreeEntry {
  /** From the root, with `/`. */
  readonly path: string
  readonly kind: 'file' | 'symlink' | 'submodule' | 'other'
  /** The blob's id; absent where the files lie in a folder. */
  readonly blob?: string
  readonly bytes: number
}

/** A folder or a commit, as it is read. */
export interface Tree {
  readonly entries: readonly TreeEntry[]
  read(entry: TreeEntry): Promise<Uint8Array>
}

/** More than any configuration has; a commit of a few objects can claim any number of files. */
export const mostEntries = 100_000

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFD\\]/u

/** Says why a path is not one to have in a repository; undefined when it is. */
export function pathFault(path: string): string | undefined {
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'the path leaves the repository'
  if (path.length > 1000) return 'the path is longer than 1000 characters'
  if (hidden.test(path)) return 'the path holds a control or invisible character, a backslash, or is not UTF-8'
  if (path !== path.normalize('NFC'))
    return 'the path is not in Unicode normal form NFC, and could be mistaken for another'
  return undefined
}

/** Shows a path on one line, without characters that reorder or hide it. */
export function showFile(path: string): string {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return shown.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** Tells whether a path is outside of what is read: in a folder, or a file, whose name begins with a dot. */
export function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') && part !== '..' && part !== '.')
}
