import { GuildhallError } from '../../../core/errors.ts'
import { said } from '../../said.ts'
import { wrongHostKey } from '../../ssh/connect.ts'
import { runGit, type GitAnswer } from './git-process.ts'
import type { GitOptions } from './options.ts'
import type { Workspace } from './workspace.ts'

/** A repository's branch, seen from a workspace. */
export interface Remote {
  readonly workspace: Workspace
  readonly options: GitOptions
}

const tipRef = 'refs/guildhall/tip'

/** Asks for the newest commit of the branch; undefined where there is no such branch. */
export async function askTip(remote: Remote): Promise<string | undefined> {
  const ref = `refs/heads/${remote.options.branch}`
  const answer = await runGit(remote.workspace, ['ls-remote', '--quiet', 'origin', ref])
  if (answer.exitCode !== 0) throw await explain(remote, answer)
  const line = answer.output.split('\n').find((found) => found.endsWith(`\t${ref}`))
  return line?.split('\t')[0]
}

/** Fetches the newest commit with its folders: nothing older, and files only where the server cannot leave them out. */
export async function fetchTip(remote: Remote): Promise<string | undefined> {
  if ((await askTip(remote)) === undefined) return undefined
  return fetch(remote, ['--filter=blob:none'])
}

/** The text of a file in a commit that was fetched; undefined where it has none there. */
export async function readText(remote: Remote, commit: string, path: string): Promise<string | undefined> {
  const { workspace } = remote
  const words = ['cat-file', 'blob', `${commit}:${path}`]
  const answer = await runGit(workspace, words)
  if (answer.exitCode === 0) return answer.output
  const { output } = await runGit(workspace, ['ls-tree', commit, '--', path])
  if (output === '') return undefined
  // Some servers leave out files and then give none by itself.
  await fetch(remote, ['--refetch', '--no-filter'])
  const again = await runGit(workspace, words)
  if (again.exitCode === 0) return again.output
  throw await explain(remote, again)
}

/** How a push ended. */
export type Pushed =
  | { readonly kind: 'done' }
  /** Somebody else was first. */
  | { readonly kind: 'lost' }

/** Puts a commit at the branch's tip if that is still `tip`; a server that refuses it is quoted. */
export async function push(
  remote: Remote,
  { commit, tip }: { readonly commit: string; readonly tip: string | undefined },
): Promise<Pushed> {
  const answer = await pushing(remote, { commit, tip, more: [] })
  if (answer.exitCode === 0) return { kind: 'done' }
  const now = await askTip(remote)
  if (now === commit) return { kind: 'done' }
  if (now !== tip) return { kind: 'lost' }
  throw refusedPush(remote, answer)
}

/** Fails where the server would not let us push, and changes nothing. */
export async function tryPush(
  remote: Remote,
  aim: { readonly commit: string; readonly tip: string | undefined },
): Promise<void> {
  const answer = await pushing(remote, { ...aim, more: ['--dry-run'] })
  if (answer.exitCode !== 0) throw refusedPush(remote, answer)
}

function pushing(
  { workspace, options }: Remote,
  { commit, tip, more }: { commit: string; tip: string | undefined; more: readonly string[] },
): Promise<GitAnswer> {
  const ref = `refs/heads/${options.branch}`
  const plainly = ['--porcelain', '--no-verify', '--no-thin', ...more]
  const words = ['push', ...plainly, `--force-with-lease=${ref}:${tip ?? ''}`, 'origin', `${commit}:${ref}`]
  return runGit(workspace, words)
}

async function fetch(remote: Remote, more: readonly string[]): Promise<string> {
  const { workspace, options } = remote
  const plainly = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', ...more]
  const answer = await runGit(workspace, ['fetch', ...plainly, 'origin', `+refs/heads/${options.branch}:${tipRef}`])
  if (answer.exitCode !== 0) throw await explain(remote, answer)
  const { output } = await runGit(workspace, ['rev-parse', '--verify', `${tipRef}^{commit}`])
  return output.trim()
}

function refusedPush({ options }: Remote, { output, complaint }: GitAnswer): GuildhallError {
  const told = complaint.split('\n').flatMap((line) => (line.startsWith('remote: ') ? [line.slice(8).trim()] : []))
  const why = /^!\t[^\t]*\t(.*)$/m.exec(output)?.[1] ?? lastComplaint(complaint)
  const words = said([...told, why].join(' '))
  const message = `Cannot push to branch "${options.branch}" of "${options.url}": the server refuses it ("${words}"); let Guildhall push there, or name another branch`
  return new GuildhallError('DELIVERY_REFUSED', message, { facts: { url: options.url } })
}

const notLetIn = /Permission denied|Authentication failed|error: 40[13]|could not read Username|denied to/
const notThere = /not found|does not appear to be a git repository|does not exist|not a git repository/i

async function explain({ workspace, options }: Remote, { complaint }: GitAnswer): Promise<GuildhallError> {
  const { url, login } = options
  const facts = { url }
  const seen = await workspace.otherHostKey()
  if (login.kind === 'ssh' && seen !== undefined) return wrongHostKey(url, { seen, pinned: login.hostKey, facts })
  const words = said(lastComplaint(complaint))
  if (/Load key .*(?:invalid format|error in libcrypto|incorrect passphrase)/.test(complaint)) {
    const message = `Cannot deliver to ${url}: the secret is not a private key without a passphrase`
    return new GuildhallError('DESTINATION_OPTIONS_INVALID', message, { facts })
  }
  if (notLetIn.test(complaint)) {
    const message = `Cannot deliver to ${url}: the server does not let us in ("${words}"); give the key or password the right to push`
    return new GuildhallError('DELIVERY_REFUSED', message, { facts })
  }
  if (notThere.test(complaint)) {
    const message = `Cannot deliver to ${url}: there is no such repository ("${words}"); make it, or mend url`
    return new GuildhallError('DELIVERY_REFUSED', message, { facts })
  }
  return new GuildhallError('DESTINATION_UNREACHABLE', `Cannot reach ${url}: ${words}; it is tried again`, { facts })
}

/** What is wrong stands before the hint that git gives about every failed connection. */
function lastComplaint(complaint: string): string {
  const lines = complaint.split('\n').flatMap((line) => line.trim() || [])
  const told = lines.filter(
    (line) => !/Could not read from remote|Please make sure|and the repository exists/.test(line),
  )
  return (told.at(-1) ?? lines.at(0) ?? 'git ended early').replace(/^(?:fatal|error): /, '')
}
