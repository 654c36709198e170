import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../worker/embedded/processes.ts'

/** A commit: the files it writes, those it takes away, and what it is about. */
export interface Step {
  readonly message: string
  readonly files: Readonly<Record<string, string>>
  readonly gone?: readonly string[]
  /** The guard holds the VO back until somebody approves. */
  readonly isHeld?: true
  /** No file looks otherwise afterwards. */
  readonly delivers?: false
}

/** What a run begins with. */
export interface Beginning {
  readonly step: Step
  /** How many deliveries it asks for. */
  readonly deliveries: number
}

/** Writes a step into the repository and commits it; gives the commit. */
export async function commit(repository: string, { message, files, gone = [] }: Step): Promise<string> {
  mkdirSync(repository, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(repository, name), text)
  for (const name of gone) rmSync(join(repository, name))
  await git(repository, ['add', '--all'])
  await git(repository, ['commit', '--quiet', '--message', message])
  return (await git(repository, ['rev-parse', 'HEAD'])).trim()
}

export async function makeRepository(repository: string): Promise<void> {
  mkdirSync(repository, { recursive: true })
  await git(repository, ['init', '--quiet', '--initial-branch=main'])
}

async function git(repository: string, words: readonly string[]): Promise<string> {
  const names = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  const author = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@localhost' }
  const committer = { GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@localhost' }
  const env = { ...process.env, ...names, ...author, ...committer }
  return (await run('git', [...words], { cwd: repository, env })).stdout
}

/** A document as text: JSON is YAML. */
export function document(kind: string, name: string, rest: { readonly vo?: string; readonly spec: object }): string {
  const metadata = rest.vo === undefined ? { name } : { vo: rest.vo, name }
  return `${JSON.stringify({ apiVersion: 'guildhall/v1', kind, metadata, spec: rest.spec })}\n`
}

export function together(...documents: readonly string[]): string {
  return documents.join('---\n')
}
