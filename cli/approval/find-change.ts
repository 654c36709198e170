import type { ListedChange } from '../../core/model/answers.ts'
import type { ApprovalCase } from '../../core/policy/may-approve.ts'
import type { Shell } from '../shell.ts'
import type { OpenState } from '../system/state.ts'

/** A change that is held by itself. */
export interface OpenChange extends ApprovalCase {
  readonly digest: string
  readonly since: Date
  readonly change: ListedChange
}

/** Finds the change that is held by itself under a digest, and waits. */
export async function findChange(
  shell: Shell,
  { store, pool }: OpenState,
  digest: string,
): Promise<OpenChange | undefined> {
  const { holds } = await store.readStatus(pool, shell.now())
  const found = holds.find((hold) => hold.digest === digest)
  if (found?.change === undefined) return undefined
  return { ...found, change: found.change, since: new Date(found.since) }
}
