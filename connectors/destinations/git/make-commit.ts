import { GuildhallError } from '../../../core/errors.ts'
import type { Snapshot } from '../../destination.ts'
import { said } from '../../said.ts'
import { ownFolder, tokenFile, tokenOf } from '../../service-folder/token.ts'
import type { GitFile } from './git-files.ts'
import { runGit } from './git-process.ts'
import type { Changes } from './service-tree.ts'
import type { Workspace } from './workspace.ts'

/** What a commit is made of. */
export interface CommitParts {
  readonly snapshot: Snapshot
  readonly files: readonly GitFile[]
  readonly changes: Changes
  /** The folder of the service in the repository. */
  readonly folder: string
  readonly parent: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

const newRef = 'refs/guildhall/new'
const author = 'Guildhall <guildhall@guildhall.invalid>'

/** Makes the commit of a delivery, and gives its id; no work tree is needed, and no file but those that change. */
export async function makeCommit(workspace: Workspace, parts: CommitParts): Promise<string> {
  return importCommit(workspace, written(parts))
}

/** Makes a commit without files or history, to try with. */
export async function makeEmptyCommit(workspace: Workspace, now: number): Promise<string> {
  const text = async function* (): AsyncGenerator<Uint8Array> {
    yield head('check', { parent: undefined, now })
    yield Buffer.from('done\n')
  }
  return importCommit(workspace, text())
}

async function importCommit(workspace: Workspace, stream: AsyncIterable<Uint8Array>): Promise<string> {
  const words = ['fast-import', '--quiet', '--done', '--force', '--date-format=raw']
  const { exitCode, complaint } = await runGit(workspace, words, stream)
  if (exitCode !== 0)
    throw new GuildhallError('DELIVERY_REFUSED', `Cannot make the commit: git says "${said(complaint)}"`)
  const { output } = await runGit(workspace, ['rev-parse', '--verify', `${newRef}^{commit}`])
  return output.trim()
}

/** In the language of git-fast-import(1). */
async function* written(parts: CommitParts): AsyncGenerator<Uint8Array> {
  const { snapshot, files, changes, folder, parent, now } = parts
  yield head(messageOf(snapshot), { parent, now })
  for (const path of changes.removed) yield Buffer.from(`D ${folder}/${path}\n`)
  for (const { path, size } of changes.written) {
    yield Buffer.from(`M 100644 inline ${folder}/${path}\ndata ${size}\n`)
    yield* snapshot.read(path)
    yield Buffer.from('\n')
  }
  const installed = files.map(({ path, sha256 }) => ({ path, sha256 }))
  yield Buffer.from(`M 100644 inline ${folder}/${ownFolder}/${tokenFile}\n`)
  yield sized(tokenOf(snapshot, installed))
  yield Buffer.from('done\n')
}

function head(message: string, { parent, now }: Pick<CommitParts, 'parent' | 'now'>): Uint8Array {
  const from = parent === undefined ? '' : `from ${parent}\n`
  const committer = `committer ${author} ${Math.floor(now / 1000)} +0000\n`
  return Buffer.concat([Buffer.from(`commit ${newRef}\n${committer}`), sized(message), Buffer.from(from)])
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')])
}

function messageOf({ facility, service, generation, hash }: Snapshot): string {
  return [
    `${facility}/${service}: generation ${generation}`,
    '',
    `Guildhall-Facility: ${facility}`,
    `Guildhall-Service: ${service}`,
    `Guildhall-Generation: ${generation}`,
    `Guildhall-Hash: ${hash}`,
    '',
  ].join('\n')
}
