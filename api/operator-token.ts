import { createHash, timingSafeEqual } from 'node:crypto'
import { open } from 'node:fs/promises'

/** The operator's token as it stands now; why there is none that counts. */
export type OperatorToken = { readonly token: string } | { readonly absent: string }

const shortest = 32

/** Reads the token out of its file each time, so that another one counts at once. Nobody but its owner may read the file. */
export async function readOperatorToken(file: string): Promise<OperatorToken> {
  let opened
  try {
    opened = await open(file, 'r')
    const stats = await opened.stat()
    if (!stats.isFile()) return { absent: `"${file}" is no file` }
    if ((stats.mode & 0o077) !== 0) return { absent: `others may read "${file}"; set its mode to 0600` }
    const token = (await opened.readFile('utf8')).trim()
    return token.length < shortest ? { absent: `"${file}" has fewer than ${shortest} characters` } : { token }
  } catch (error) {
    return { absent: `"${file}" cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  } finally {
    await opened?.close()
  }
}

/** Tells whether a header `Authorization` carries the token; takes the same time for every wrong one. */
export function carriesToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer +([^\s]+)$/i.exec(header ?? '')?.[1]
  return given !== undefined && timingSafeEqual(hashOf(given), hashOf(token))
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
