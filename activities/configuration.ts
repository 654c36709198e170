import type { Desired } from '../core/model/state.ts'

/** The configuration repository, as a reconcile needs it. */
export interface Configuration {
  /** Brings the mirror up to date and tells the commit at the head of the branch. */
  fetchHead(signal: AbortSignal): Promise<string>
  /** True where `older` is `newer` or one of its ancestors; false where the mirror does not know it. */
  isAncestor(older: string, newer: string): Promise<boolean>
  /** What the commit asks for; parsed files are kept in memory. */
  read(commit: string): Promise<Desired>
}
