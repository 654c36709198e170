import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import type { WorkflowStarter } from './workflow-starter.ts'

/** What is needed to have members read again. */
export interface AskDependencies {
  readonly pool: Pool
  readonly store: Pick<typeof storeModule, 'listSyncsLackingGroups'>
  readonly workflows: Pick<WorkflowStarter, 'syncAgain'>
}

/**
 * Groups are there now, or have another name or place: whoever left people out without them reads again, once. Below a base, where one
 * is named, else anywhere in the VO. It is asked by each attempt, also by one that finds the groups made, so that it cannot be lost.
 */
export async function askWhoLackedGroups(
  { pool, store, workflows }: AskDependencies,
  where: { readonly vo: string; readonly base?: string },
): Promise<void> {
  for (const place of await store.listSyncsLackingGroups(pool, where)) await workflows.syncAgain(place)
}
