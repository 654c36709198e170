import type { Shell } from '../shell.ts'

/** What a hash names in the mirror of the configuration repository. */
export type FoundCommit =
  | { readonly kind: 'commit' }
  | { readonly kind: 'tag'; readonly commit: string }
  /** A file or a folder. */
  | { readonly kind: 'no-commit' }
  | { readonly kind: 'unknown' }
  /** There is no mirror here, or none that can be read. */
  | { readonly kind: 'unchecked' }

/** Looks a full hash up in the mirror. */
export async function lookUpCommit(shell: Shell, mirror: string | undefined, hash: string): Promise<FoundCommit> {
  if (mirror === undefined) return { kind: 'unchecked' }
  const { gitVariables, runGit } = await import('../../connectors/config-repo/git-process.ts')
  const { PATH = '/usr/bin:/bin' } = shell.env
  const place = { folder: mirror, variables: gitVariables({ PATH }, false) }
  // Named, the repository may belong to somebody else, as it does for root.
  const ask = async (...words: readonly string[]): Promise<string> =>
    (await runGit(place, { words: ['--git-dir=.', ...words], answers: [0, 1] })).output.trim()
  const resolve = async (object: string) => ask('rev-parse', '--verify', '--quiet', '--end-of-options', object)
  try {
    if ((await resolve(`${hash}^{object}`)) === '') return { kind: 'unknown' }
    const commit = await resolve(`${hash}^{}`)
    if ((await ask('cat-file', '-t', commit)) !== 'commit') return { kind: 'no-commit' }
    return commit === hash ? { kind: 'commit' } : { kind: 'tag', commit }
  } catch {
    return { kind: 'unchecked' }
  }
}
