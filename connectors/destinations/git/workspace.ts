import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuildhallError } from '../../../core/errors.ts'
import { gitVariables } from '../../git/variables.ts'
import type { GitPlace } from './git-process.ts'
import { runGit } from './git-process.ts'
import type { GitOptions, Login } from './options.ts'

/** What a delivery needs of the world around it. */
export interface Surroundings {
  readonly out: string
  readonly secret: (name: string) => Promise<string>
}

/** A repository for the time of one delivery. */
export interface Workspace extends GitPlace {
  /** The key that the host showed where it is not the pinned one; undefined where none was seen. */
  readonly otherHostKey: () => Promise<string | undefined>
}

/** Works in a bare repository of its own in a temporary folder, which goes when the work is done. */
export async function inWorkspace<T>(
  options: GitOptions,
  { surroundings, signal }: { readonly surroundings: Surroundings; readonly signal: AbortSignal },
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const base = await mkdtemp(join(tmpdir(), 'guildhall-git-'))
  try {
    const { url, login } = options
    const variables = {
      ...gitVariables({ PATH: process.env['PATH'] ?? '/usr/bin:/bin' }, login.kind === 'local'),
      ...(await introduce(login, base, surroundings)),
    }
    const place = { folder: join(base, 'repository'), variables, signal }
    await mkdir(place.folder)
    await runGit(place, ['init', '--quiet', '--bare', '--template='])
    await runGit(place, ['config', 'remote.origin.url', login.kind === 'local' ? await below(surroundings, url) : url])
    return await work({ ...place, otherHostKey: () => otherHostKey(base) })
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

/** What git is told so that the server knows us, and we know it. */
async function introduce(login: Login, base: string, { secret }: Surroundings): Promise<Record<string, string>> {
  switch (login.kind) {
    case 'local':
      return {}
    case 'https': {
      const password = (await secret(login.passwordSecret)).trim()
      const credentials = Buffer.from(`${login.user}:${password}`).toString('base64')
      // Nobody else reads the variables of a process; the words of a command everybody does.
      return {
        GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
        GIT_CONFIG_KEY_1: 'http.followRedirects',
        GIT_CONFIG_VALUE_1: 'false',
      }
    }
    case 'ssh':
      await writeFile(join(base, 'key'), `${(await secret(login.keySecret)).trim()}\n`, { mode: 0o600 })
      await writeFile(join(base, 'known-hosts'), knownHosts(base, login.hostKey))
      await writeFile(join(base, 'ssh'), sshConfiguration(base))
      return { GIT_SSH_COMMAND: `ssh -F '${join(base, 'ssh')}'` }
  }
}

/** Asked by ssh whether it knows the key that the host shows: only the pinned one is known. */
function knownHosts(base: string, hostKey: string): string {
  return [
    'case "$1" in',
    `  ${hostKey}) printf '%s %s %s\\n' "$2" "$3" "$4" ;;`,
    `  SHA256:*) printf '%s' "$1" >'${join(base, 'other-host-key')}' ;;`,
    'esac',
    '',
  ].join('\n')
}

function sshConfiguration(base: string): string {
  return [
    'BatchMode yes',
    `IdentityFile "${join(base, 'key')}"`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    'PreferredAuthentications publickey',
    'UserKnownHostsFile /dev/null',
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    `KnownHostsCommand /bin/sh "${join(base, 'known-hosts')}" %f %H %t %K`,
    'ClearAllForwardings yes',
    'ConnectTimeout 10',
    'ServerAliveInterval 5',
    'ServerAliveCountMax 3',
    '',
  ].join('\n')
}

async function otherHostKey(base: string): Promise<string | undefined> {
  return readFile(join(base, 'other-host-key'), 'utf8').catch(() => undefined)
}

/** A symbolic link does not lead out of it. */
async function below({ out }: Surroundings, url: string): Promise<string> {
  const found = await realpath(join(out, url)).catch(() => undefined)
  if (found?.startsWith(`${await realpath(out)}/`) === true) return `file://${found}`
  throw new GuildhallError('DELIVERY_REFUSED', `Cannot deliver to "${url}": there is no such repository below "${out}"`)
}
