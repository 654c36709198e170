import { mkdir } from 'node:fs/promises'
import type { Reading } from '../../core/config/document.ts'
import { GuildhallError } from '../../core/errors.ts'
import { gitIn, gitVariables, openBlobs, type BlobReader, type GitEnvironment } from './git-process.ts'
import { createParsedCache, type ParsedCache } from './parsed-cache.ts'
import { readTree, type Parsed } from './read-tree.ts'
import { requireCommit, requireSafeRemote, withoutPassword, type Remote } from './remote.ts'
import type { TreeEntry } from './tree.ts'

/** A bare copy of the configuration repository: no work tree, no hooks, no filters. */
export interface Mirror {
  /** Brings the branch's history here and names its head. */
  fetch(): Promise<string>
  /** Asks the remote for the branch's head, without fetching; undefined when there is no such branch. */
  remoteHead(): Promise<string | undefined>
  /** Tells whether a commit is an ancestor of another, or the same; false when it is not here. */
  isAncestor(older: string, newer: string): Promise<boolean>
  /** Reads the documents of a commit that was fetched. */
  readCommit(commit: string): Promise<Reading>
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
    fetch: () => fetchHead(place),
    remoteHead: () => askHead(place),
    isAncestor: (older, newer) => isAncestor(place, older, newer),
    readCommit: (commit) => readCommit(place, commit, cache),
  }
}

interface Place {
  readonly options: MirrorOptions
  readonly variables: Readonly<Record<string, string>>
}

async function fetchHead(place: Place): Promise<string> {
  const { url, branch, folder } = place.options
  await makeRepository(place)
  await run(place, `fetch branch "${branch}" of "${withoutPassword(url)}"`, [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    '--end-of-options',
    url,
    `+refs/heads/${branch}:${headRef}`,
  ])
  const head = await run(place, `read "${folder}"`, [
    'rev-parse',
    '--verify',
    '--end-of-options',
    `${headRef}^{commit}`,
  ])
  return head.trim()
}

async function makeRepository(place: Place): Promise<void> {
  const { folder } = place.options
  await mkdir(folder, { recursive: true })
  await run(place, `make the repository "${folder}"`, [
    'init',
    '--quiet',
    '--bare',
    '--template=',
    '--end-of-options',
    '.',
  ])
}

async function askHead(place: Place): Promise<string | undefined> {
  const { url, branch } = place.options
  await makeRepository(place)
  const ref = `refs/heads/${branch}`
  const answer = await run(place, `ask "${withoutPassword(url)}" for its branch "${branch}"`, [
    'ls-remote',
    '--quiet',
    '--end-of-options',
    url,
    ref,
  ])
  const line = answer.split('\n').find((found) => found.endsWith(`\t${ref}`))
  return line?.split('\t')[0]
}

async function isAncestor(place: Place, older: string, newer: string): Promise<boolean> {
  requireCommit(older)
  requireCommit(newer)
  const git = gitIn(place.options.folder, place.variables)
  const known = await git.raw(['rev-list', '--ignore-missing', '--max-count=1', older]).catch(() => '')
  if (known.trim() === '') return false
  const base = await run(place, 'compare two commits', ['merge-base', older, newer]).catch(() => '')
  return base.trim() === older
}

async function readCommit(place: Place, commit: string, cache: ParsedCache<Parsed>): Promise<Reading> {
  requireCommit(commit)
  const list = await run(place, `list the files of commit ${commit}`, [
    'ls-tree',
    '-r',
    '-z',
    '-l',
    '--full-tree',
    commit,
  ])
  let blobs: BlobReader | undefined
  const read = async ({ blob = '' }: TreeEntry): Promise<Uint8Array> => {
    blobs ??= openBlobs(place.options.folder, place.variables)
    return blobs.read(blob)
  }
  try {
    return await readTree({ entries: entriesIn(list), read }, cache)
  } finally {
    await blobs?.close()
  }
}

const entryForm = /^([0-7]{6}) (?:blob|commit) ([0-9a-f]+) +([0-9]+|-)\t([^]*)$/

function entriesIn(list: string): TreeEntry[] {
  return list.split('\0').flatMap((line): TreeEntry[] => {
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

async function run(place: Place, what: string, words: readonly string[]): Promise<string> {
  try {
    return await gitIn(place.options.folder, place.variables).raw([...words])
  } catch (cause) {
    const reason = cause instanceof Error ? lastLine(cause.message) : ''
    throw new GuildhallError('CONFIG_UNREADABLE', `Cannot ${what}: ${reason}`, {
      facts: { folder: place.options.folder },
      cause,
    })
  }
}

function lastLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  return withoutPassword(lines.findLast((line) => line !== '') ?? '')
}
