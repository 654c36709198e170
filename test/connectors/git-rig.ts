import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Destination, DestinationType } from '../../connectors/destination.ts'
import { destinationType } from '../../connectors/destinations/git/index.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { startSshWorld, type SshRig, type SshWorld } from './ssh-rig.ts'

const run = promisify(execFile)
const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']

/** A bare repository with a checkout beside it, which somebody works in by hand. */
export interface Checkout {
  readonly repository: string
  /** Runs git in the checkout. */
  readonly git: (...words: string[]) => Promise<string>
  /** Commits and pushes what was changed by hand. */
  readonly send: () => Promise<void>
  /** Brings the checkout to the branch's newest commit. */
  readonly bring: () => Promise<void>
}

/** Makes an empty repository in a folder, which is its checkout too; what git keeps is left out by whoever looks for files. */
export async function makeCheckout(folder: string, keep: string): Promise<Checkout> {
  const repository = join(folder, '.guildhall-repository.git')
  await mkdir(folder, { recursive: true })
  await run('git', ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', repository])
  await run('git', ['init', '--quiet', '--initial-branch=main', keep])
  const git = async (...words: string[]): Promise<string> => {
    const all = [...author, `--git-dir=${join(keep, '.git')}`, `--work-tree=${folder}`, ...words]
    return (await run('git', all, { cwd: folder })).stdout
  }
  await git('config', 'remote.origin.url', repository)
  await git('config', 'core.excludesFile', '/dev/null')
  const mine = ['--', '.', ':!.guildhall-repository.git']
  return {
    repository,
    git,
    async send() {
      await git('add', '--all', ...mine)
      if ((await git('status', '--porcelain', '--untracked-files=no')) === '') return
      await git('commit', '--quiet', '--message=by hand')
      await git('push', '--quiet', 'origin', 'HEAD:refs/heads/main')
    },
    async bring() {
      if ((await git('ls-remote', 'origin', 'refs/heads/main')) === '') return
      await git('fetch', '--quiet', 'origin', 'main')
      await git('reset', '--quiet', '--hard', 'FETCH_HEAD')
    },
  }
}

/** Before each delivery what was done by hand is pushed, and after it the checkout is what the branch is. */
function throughCheckout(destination: Destination, { send, bring }: Checkout): Destination {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    await inTurn(send)
    try {
      return await work()
    } finally {
      await inTurn(bring)
    }
  }
  return {
    check: (context) => destination.check(context),
    deliver: (snapshot, context) => around(() => destination.deliver(snapshot, context)),
    observe: (snapshot, context) => around(() => destination.observe(snapshot, context)),
  }
}

/** A repository behind an sshd. */
export interface GitRig extends SshRig {
  readonly checkout: Checkout
}

/** Repositories behind one sshd. */
export interface GitWorld extends SshWorld {
  readonly rig: (folder?: string, command?: string) => Promise<GitRig>
}

/** What lets a key in for git alone. */
export const gitShell = 'git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"'

/** Repositories behind an sshd that lets keys in for git alone. */
export function startGitWorld(): GitWorld {
  const type: DestinationType = {
    type: 'git',
    create(options, environment) {
      const { folder, host, port, user, key, hostKey, path } = options as Record<string, string & JsonObject>
      const url = `ssh://${user}@${host}:${port}${folder}/.guildhall-repository.git`
      const known = { url, branch: 'main', key: key ?? null, hostKey: hostKey ?? null }
      return destinationType.create({ ...known, ...(path === undefined ? {} : { path }) }, environment)
    },
  }
  const world = startSshWorld({
    type,
    command: () => gitShell,
    options: (folder) => ({ folder }),
  })
  let count = 0
  return {
    ...world,
    async rig(target, command) {
      const { folder, reach, destination } = await world.rig(target, command)
      const checkout = await makeCheckout(folder, join(world.base(), `checkout${(count += 1)}`))
      return { folder, reach, checkout, destination: throughCheckout(destination, checkout) }
    },
  }
}
