import { GuildhallError } from '../../core/errors.ts'
import { isBranch, protocolOf } from '../git/addresses.ts'

/** Where the configuration is fetched from. */
export interface Remote {
  readonly url: string
  readonly branch: string
  /** True in tests and on a developer's machine: `file://` and absolute folders. */
  readonly allowsFiles: boolean
}

const folder = /^(?:file:\/\/)?\/[^\u0000-\u001f\u007f]*$/

/** Refuses what git could take for something else than a repository and a branch. */
export function requireSafeRemote({ url, branch, allowsFiles }: Remote): void {
  const allowed = protocolOf(url) !== undefined || (allowsFiles && folder.test(url))
  if (!allowed) throw refused(`Cannot use the repository "${withoutPassword(url)}": expected an https or ssh address`)
  if (!isBranch(branch))
    throw refused(`Cannot use the branch ${JSON.stringify(branch)}: expected a name such as "main"`)
}

/** Refuses what is no full commit id. */
export function requireCommit(commit: string): void {
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit)) {
    throw refused(`Cannot read the commit ${JSON.stringify(commit.slice(0, 100))}: expected its full id`)
  }
}

/** Shows an address without a password that somebody wrote into it. */
export function withoutPassword(url: string): string {
  return JSON.stringify(url.replace(/\/\/[^/@]*@/, '//…@').slice(0, 200)).slice(1, -1)
}

function refused(message: string): GuildhallError {
  return new GuildhallError('GIT_REFUSED', message)
}
