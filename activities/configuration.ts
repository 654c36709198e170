import type { Desired } from '../core/model/state.ts'

/** A member whom git names, and where. */
interface MemberInGit {
  readonly file: string
  readonly line: number
  readonly identity: string
}

/** The configuration repository, as a reconcile needs it. */
export interface Configuration {
  /** Brings the mirror up to date and tells the commit at the head of the branch. */
  fetchHead(signal: AbortSignal): Promise<string>
  /** True where `older` is `newer` or one of its ancestors; false where the mirror does not know it. */
  isAncestor(older: string, newer: string): Promise<boolean>
  /** What the commit asks for; parsed files are kept in memory. */
  read(commit: string): Promise<Desired>
  /** The bytes of a file of a commit; undefined where it has none. */
  readFile(commit: string, path: string): Promise<Uint8Array | undefined>
  /** Drafts the change of a commit that names these members no more, as `git apply` takes it; empty where there is nothing to change. */
  draftPatch(commit: string, members: readonly MemberInGit[]): Promise<string>
}
