import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gitVariables, type GitEnvironment } from '../connectors/config-repo/git-process.ts'
import { requireSafeRemote, withoutPassword } from '../connectors/config-repo/remote.ts'
import { makeKey } from '../connectors/ssh/make-key.ts'
import { GuildhallError } from '../core/errors.ts'
import { run } from './embedded/processes.ts'

interface Sample {
  readonly home: string
  /** Folder of secrets: the sample's one key is made there. */
  readonly secrets: string
  readonly environment: GitEnvironment
}

/** Gives the home's own repository, made from the sample organisation at the first start; later starts leave it alone. */
export async function makeConfigRepo({ home, secrets, environment }: Sample): Promise<string> {
  const folder = join(home, 'config-repo')
  if (existsSync(join(folder, '.git'))) return folder
  const half = `${folder}.new`
  await rm(half, { recursive: true, force: true })
  await mkdir(half, { recursive: true })
  await cp(fileURLToPath(new URL('../config-repo/', import.meta.url)), half, { recursive: true })
  const git = async (words: readonly string[]) => run('git', words, { cwd: half, env: gitVariables(environment, true) })
  await git(['init', '--quiet', '--initial-branch=main', '--template='])
  // People commit here by hand: without a name of their own git would refuse.
  await git(['config', 'user.name', 'Guildhall'])
  await git(['config', 'user.email', 'guildhall@localhost'])
  await git(['add', '--all'])
  await git(['commit', '--quiet', '--message', 'A small organisation to begin with'])
  await makeSampleKey(join(secrets, 'Facility', 'hpc', 'key'))
  await rename(half, folder)
  return folder
}

/** The sample's host does not exist; with a key, what stands in its way is just that, and not a missing secret. */
async function makeSampleKey(path: string): Promise<void> {
  if (existsSync(path)) return
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, await makeKey(), { mode: 0o600 })
}

interface Remote {
  readonly url: string
  readonly allowsFiles: boolean
  readonly environment: GitEnvironment
}

/** Asks a repository which branch its HEAD names; `main` where it names none. */
export async function headBranch({ url, allowsFiles, environment }: Remote): Promise<string> {
  requireSafeRemote({ url, branch: 'main', allowsFiles })
  const words = ['ls-remote', '--symref', '--end-of-options', url, 'HEAD']
  try {
    const { stdout } = await run('git', words, { env: gitVariables(environment, allowsFiles), timeout: 60_000 })
    return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(stdout)?.[1] ?? 'main'
  } catch (cause) {
    throw new GuildhallError(
      'CONFIG_UNREADABLE',
      `Cannot read the configuration repository "${withoutPassword(url)}": expected a git repository that this user may read`,
      { cause },
    )
  }
}
