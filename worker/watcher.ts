import type { WorkflowStarter } from '../activities/workflow-starter.ts'
import type { Log } from './log.ts'
import { runPeriodically, type Periodic } from './periodic.ts'

export interface WatcherDependencies {
  readonly instance: string
  readonly workflows: Pick<WorkflowStarter, 'reconcile'>
  /** The commit at the head of the configuration repository. */
  readonly readHead: (signal: AbortSignal) => Promise<string>
  /** How the newest run ended; undefined while it runs, or where there was none. */
  readonly lastRun: () => Promise<{ readonly commit: string; readonly outcome: string } | undefined>
  readonly pollMs: number
  readonly jitterMs: number
  readonly log: Log
  readonly now: () => number
  /** A number from 0 to 1 that spreads the polls. */
  readonly chance: () => number
}

/** A run that failed is asked for again after so long, without a new commit. */
const askAgainAfterMs = 30_000

/** Compares the head with what was asked for last, and asks for a reconcile where it differs or the last run failed. */
export function startWatcher(dependencies: WatcherDependencies): Periodic {
  const { instance, workflows, readHead, lastRun, pollMs, jitterMs, log, now, chance } = dependencies
  let asked: { readonly head: string; readonly at: number } | undefined
  const work = async (signal: AbortSignal) => {
    const head = await readHead(signal)
    const isNew = asked?.head !== head
    if (!isNew && asked !== undefined && now() - asked.at < askAgainAfterMs) return
    if (!isNew && (await lastRun())?.outcome !== 'failed') return
    await workflows.reconcile(instance, { cause: 'poll' })
    asked = { head, at: now() }
    log.debug({ head }, 'Asked for a reconcile')
  }
  const everyMs = () => pollMs + Math.round((2 * chance() - 1) * jitterMs)
  return runPeriodically({ name: 'watcher', everyMs, work, log })
}
