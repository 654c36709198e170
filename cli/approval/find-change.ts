import type { ListedChange } from '../../core/model/answers.ts'
import type { ApprovalCase } from '../../core/policy/may-approve.ts'
import type { OpenState } from '../system/state.ts'

/** A change that is held by itself. */
export interface OpenChange extends ApprovalCase {
  readonly digest: string
  readonly since: Date
  readonly change: ListedChange
}

/** Finds the change that is held by itself under a digest. */
export async function findChange({ store, pool }: OpenState, digest: string): Promise<OpenChange | undefined> {
  const { holds } = await store.readStatus(pool)
  const found = holds.find((hold) => hold.digest === digest)
  if (found?.change === undefined) return undefined
  return { ...found, change: found.change, since: new Date(found.since) }
}
