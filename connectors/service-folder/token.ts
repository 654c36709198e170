import { GuildhallError } from '../../core/errors.ts'
import type { Receipt, Snapshot } from '../destination.ts'
import { judgeGeneration } from '../fencing.ts'
import { isSafeFileName } from '../file-names.ts'
import { readText, type FileAccess } from './file-access.ts'

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
export async function readToken(files: FileAccess, folder: string): Promise<Token | undefined> {
  const path = `${folder}/${ownFolder}/${tokenFile}`
  const text = await readText(files, path)
  return text === undefined ? undefined : parseToken(text, path)
}

/** Reads the text of a token; what cannot be one is refused with the way out. */
export function parseToken(text: string, path: string): Token {
  const token = parse(text)
  if (isToken(token)) return token
  throw new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot read "${path}": it is not a delivery's token any more; remove it, and the files it stood for, to deliver anew`,
  )
}

/** The text of the token that says that a snapshot is installed. */
export function tokenOf(snapshot: Snapshot, files: readonly InstalledFile[]): string {
  const { facility, service, generation, hash } = snapshot
  return `${JSON.stringify({ version: 1, facility, service, generation, hash, files } satisfies Token)}\n`
}

/** What the place says it installed. */
export function receiptOf({ generation, hash }: Snapshot, changed: boolean): Receipt {
  return { generation, hash, changed }
}

/** Whether a snapshot is news for a folder; throws where a newer one, another one of that generation, or another facility's is there. */
export function judge(token: Token | undefined, snapshot: Snapshot): 'news' | 'same' {
  return judgeGeneration(token, snapshot, {
    belongs: 'the folder belongs to facility',
    instead: 'give this destination another path',
    reset: `set the generation in "${ownFolder}/${tokenFile}" there to 0`,
  })
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
