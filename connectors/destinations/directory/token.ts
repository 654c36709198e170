import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GuildhallError } from '../../../core/errors.ts'
import { isSafeFileName } from '../../file-names.ts'
import type { Snapshot } from '../../destination.ts'
import { isErrno } from './digests.ts'

/** Our own folder inside a service's folder: the token, and deliveries under way. */
export const ownFolder = '.guildhall'
/** The file in it that says what is installed. */
export const tokenFile = 'token.json'

/** A file that lies in the service's folder. */
export interface InstalledFile {
  readonly path: string
  readonly sha256: string
}

/** What is installed, as the folder itself remembers it. */
export interface Token {
  readonly version: 1
  readonly facility: string
  readonly service: string
  readonly generation: number
  readonly hash: string
  readonly files: readonly InstalledFile[]
}

/** Reads a service folder's token; undefined where nothing was delivered yet. */
export async function readToken(folder: string): Promise<Token | undefined> {
  const path = join(folder, ownFolder, tokenFile)
  const text = await readText(path)
  if (text === undefined) return undefined
  const token = parse(text)
  if (isToken(token)) return token
  throw new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot read "${path}": it is not a delivery's token any more; remove it, and the files it stood for, to deliver anew`,
  )
}

/** Whether a snapshot is news for a folder; throws where a newer one, another one of that generation, or another facility's is there. */
export function judge(token: Token | undefined, snapshot: Snapshot): 'news' | 'same' {
  if (token === undefined) return 'news'
  if (token.facility !== snapshot.facility) {
    throw refused(
      'DELIVERY_REFUSED',
      snapshot,
      `the folder belongs to facility "${token.facility}"; give this destination another path`,
    )
  }
  if (token.generation > snapshot.generation)
    throw refused('FENCED', snapshot, `generation ${token.generation} is there already`)
  if (token.generation < snapshot.generation) return 'news'
  if (token.hash === snapshot.hash) return 'same'
  throw refused(
    'DELIVERY_REFUSED',
    snapshot,
    `that generation is there with other content; if the state was restored from a backup, set the generation in "${ownFolder}/${tokenFile}" there to 0`,
  )
}

/** An error that names the snapshot it is about. */
export function refused(code: 'DELIVERY_REFUSED' | 'FENCED', snapshot: Snapshot, reason: string): GuildhallError {
  const { facility, service, generation } = snapshot
  return new GuildhallError(
    code,
    `Cannot deliver generation ${generation} of "${service}" for "${facility}": ${reason}`,
    {
      facts: { facility, service, generation },
    },
  )
}

/** The text of a file; undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined
    throw error
  }
}

/** The value of a JSON text; undefined where it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isToken(value: unknown): value is Token {
  if (typeof value !== 'object' || value === null) return false
  const { version, facility, generation, hash, files }: Readonly<Record<string, unknown>> = { ...value }
  const isNamed = version === 1 && typeof facility === 'string' && typeof hash === 'string'
  return isNamed && Number.isSafeInteger(generation) && Array.isArray(files) && files.every(isInstalledFile)
}

function isInstalledFile(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('path' in value) || !('sha256' in value)) return false
  return typeof value.path === 'string' && isSafeFileName(value.path) && typeof value.sha256 === 'string'
}
