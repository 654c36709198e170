import { mkdir } from 'node:fs/promises'
import type { Reading } from '../../core/config/document.ts'
import { GuildhallError } from '../../core/errors.ts'
import { nearest } from '../../core/model/nearest.ts'
import {
  gitVariables,
  openBlobs,
  readParts,
  runGit,
  type BlobReader,
  type GitAnswer,
  type GitCall,
  type GitEnvironment,
} from './git-process.ts'
import { createParsedCache, type ParsedCache } from './parsed-cache.ts'
import { readTree, type Parsed } from './read-tree.ts'
import { requireCommit, requireSafeRemote, withoutPassword, type Remote } from './remote.ts'
import { mostEntries, type TreeEntry } from './tree.ts'

/** A bare copy of the configuration repository: no work tree, no hooks, no filters. */
export interface Mirror {
  /** Brings the branch's history here and names its head. */
  fetch(signal?: AbortSignal): Promise<string>
  /** Asks the remote for the branch's head, without fetching; undefined when there is no such branch. */
  remoteHead(signal?: AbortSignal): Promise<string | undefined>
  /** Tells whether a commit is an ancestor of another, or the same; false when it is not here. */
  isAncestor(older: string, newer: string): Promise<boolean>
  /** Reads the documents of a commit that was fetched. */
  readCommit(commit: string): Promise<Reading>
  /** Reads the text of a file of a commit that was fetched; undefined where it has none there. */
  readText(commit: string, path: string): Promise<string | undefined>
  /** Reads the bytes of a file of a commit that was fetched; undefined where it has none there. */
  readFile(commit: string, path: string): Promise<Uint8Array | undefined>
}

/** What a mirror is made of. */
export interface MirrorOptions extends Remote {
  /** The folder of the bare repository; made when it is not there. */
  readonly folder: string
  readonly environment: GitEnvironment
  /** Shared between mirrors of one process; made when it is not given. */
  readonly cache?: ParsedCache<Parsed>
}

const headRef = 'refs/guildhall/head'

/** Opens the bare copy of a repository; nothing is fetched yet. */
export function openMirror(options: MirrorOptions): Mirror {
  requireSafeRemote(options)
  const variables = gitVariables(options.environment, options.allowsFiles)
  const cache = options.cache ?? createParsedCache<Parsed>()
  const place: Place = { options, variables }
  return {
    fetch: (signal) => fetchHead(place, signal),
    remoteHead: (signal) => askHead(place, signal),
    isAncestor: (older, newer) => isAncestor(place, older, newer),
    readCommit: (commit) => readCommit(place, commit, cache),
    readText: async (commit, path) => {
      const bytes = await readFile(place, commit, path)
      return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
    },
    readFile: (commit, path) => readFile(place, commit, path),
  }
}

interface Place {
  readonly options: MirrorOptions
  readonly variables: Readonly<Record<string, string>>
}

async function fetchHead(place: Place, signal: AbortSignal | undefined): Promise<string> {
  const { url, branch, folder } = place.options
  await makeRepository(place)
  const what = `fetch branch "${branch}" of "${withoutPassword(url)}"`
  // Git that says nothing for a minute is ended, and the first fetch of much may take longer.
  const plainly = ['--progress', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']
  const refs = `+refs/heads/${branch}:${headRef}`
  const fetching = run(place, { what, words: ['fetch', ...plainly, '--end-of-options', url, refs], signal })
  await fetching.catch(async (error: unknown) => {
    throw (await branchMissing(place, what, signal)) ?? error
  })
  const words = ['rev-parse', '--verify', '--end-of-options', `${headRef}^{commit}`]
  const head = await run(place, { what: `read "${folder}"`, words })
  return head.output.trim()
}

/** Where the repository answers and has no such branch, that is what is wrong. */
async function branchMissing(
  place: Place,
  what: string,
  signal: AbortSignal | undefined,
): Promise<GuildhallError | undefined> {
  const { url, branch } = place.options
  const words = ['ls-remote', '--quiet', '--heads', '--end-of-options', url]
  const { output } = await run(place, { what, words, signal }).catch(() => ({ output: undefined }))
  const branches: readonly string[] = output?.match(/(?<=\trefs\/heads\/).+$/gm) ?? []
  if (output === undefined || branches.includes(branch)) return undefined
  const reason =
    branches.length === 0
      ? `it has no commit yet; commit to its branch "${branch}"`
      : `it has no such branch; name one that it has in GUILDHALL_BRANCH, such as "${nearest(branch, branches) ?? branches[0]}"`
  return new GuildhallError('CONFIG_UNREADABLE', `Cannot ${what}: ${reason}`, { facts: { branch } })
}

async function makeRepository(place: Place): Promise<void> {
  const { folder } = place.options
  await mkdir(folder, { recursive: true })
  const words = ['init', '--quiet', '--bare', '--template=', '--end-of-options', '.']
  await run(place, { what: `make the repository "${folder}"`, words })
}

async function askHead(place: Place, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { url, branch } = place.options
  await makeRepository(place)
  const ref = `refs/heads/${branch}`
  const what = `ask "${withoutPassword(url)}" for its branch "${branch}"`
  const { output } = await run(place, { what, words: ['ls-remote', '--quiet', '--end-of-options', url, ref], signal })
  const line = output.split('\n').find((found) => found.endsWith(`\t${ref}`))
  return line?.split('\t')[0]
}

async function isAncestor(place: Place, older: string, newer: string): Promise<boolean> {
  requireCommit(older)
  requireCommit(newer)
  const what = `tell whether commit ${newer} descends from ${older}`
  const known = await run(place, { what, words: ['rev-list', '--ignore-missing', '--max-count=1', older] })
  // The mirror has the whole history of the branch: what is not here was never in it, or is not any more.
  if (known.output.trim() === '') return false
  const words = ['merge-base', '--is-ancestor', older, newer]
  const { exitCode } = await run(place, { what, words, answers: [0, 1] })
  return exitCode === 0
}

async function readCommit(place: Place, commit: string, cache: ParsedCache<Parsed>): Promise<Reading> {
  requireCommit(commit)
  const entries = await listEntries(place, commit)
  let blobs: BlobReader | undefined
  const read = async ({ blob = '' }: TreeEntry): Promise<Uint8Array> => {
    blobs ??= openBlobs(place.options.folder, place.variables)
    return blobs.read(blob)
  }
  try {
    return await readTree({ entries, read }, cache)
  } finally {
    await blobs?.close()
  }
}

async function readFile(place: Place, commit: string, path: string): Promise<Uint8Array | undefined> {
  requireCommit(commit)
  const blob = (await listEntries(place, commit)).find((entry) => entry.path === path && entry.kind === 'file')?.blob
  if (blob === undefined) return undefined
  const blobs = openBlobs(place.options.folder, place.variables)
  try {
    return await blobs.read(blob)
  } finally {
    await blobs.close()
  }
}

const entryForm = /^([0-7]{6}) (?:blob|commit) ([0-9a-f]+) +([0-9]+|-)\t([^]*)$/

/** Folders are listed too, and dropped: also one that holds nothing but folders without end is counted. */
async function listEntries(place: Place, commit: string): Promise<TreeEntry[]> {
  const what = `list the files of commit ${commit}`
  const words = ['ls-tree', '-r', '-t', '-z', '-l', '--full-tree', commit]
  const { options, variables } = place
  const lines = await saying(place, what, () =>
    readParts({ folder: options.folder, variables }, { words, most: mostEntries }),
  )
  if (lines === undefined) {
    throw new GuildhallError('CONFIG_UNREADABLE', `Cannot ${what}: it holds more than ${mostEntries} files and folders`)
  }
  return lines.flatMap((line): TreeEntry[] => {
    const [, mode = '', blob = '', bytes = '0', path = ''] = entryForm.exec(line) ?? []
    if (path === '') return []
    return [{ path, kind: kindOf(mode), blob, bytes: bytes === '-' ? 0 : Number(bytes) }]
  })
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '100644' || mode === '100755' || mode === '100664') return 'file'
  if (mode === '120000') return 'symlink'
  return mode === '160000' ? 'submodule' : 'other'
}

interface Call extends GitCall {
  /** What is tried, for the message: a verb first. */
  readonly what: string
}

async function run(place: Place, { what, ...call }: Call): Promise<GitAnswer> {
  const { options, variables } = place
  return saying(place, what, async () => runGit({ folder: options.folder, variables }, call))
}

/** Says what was tried where git failed. */
async function saying<T>({ options }: Place, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const reason = cause instanceof Error ? complaintIn(cause.message) : ''
    throw new GuildhallError('CONFIG_UNREADABLE', `Cannot ${what}: ${reason}`, {
      facts: { folder: options.folder },
      cause,
    })
  }
}

/** The line of git's words that says what is wrong: advice may follow it, and what ssh said stands before it. */
function complaintIn(message: string): string {
  const lines = message.split('\n').flatMap((line) => line.trim() || [])
  const index = lines.findIndex((line) => /^(?:fatal|error): /.test(line))
  const isEcho = index > 0 && lines[index]?.endsWith('Could not read from remote repository.') === true
  const line = lines.at(isEcho ? index - 1 : index) ?? ''
  return withoutPassword(line.replace(/^(?:fatal|error): /, ''))
}
