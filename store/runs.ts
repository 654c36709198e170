import type { Finding } from '../core/model/finding.ts'
import type { Scope } from '../core/model/scope.ts'
import type { Db, Tx } from './pool.ts'

/** One reconcile run. */
export interface ReconcileRun {
  readonly id: number
  readonly commit: string
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly outcome: string | undefined
  readonly findings: readonly Finding[]
}

/** Notes that a run begins, with what is wrong with its commit. */
export async function startRun(
  db: Db,
  { commit, findings, at }: { readonly commit: string; readonly findings: readonly Finding[]; readonly at: Date },
): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    'insert into reconcile_run (commit, started_at, findings) values ($1, $2, $3::jsonb) returning id',
    [commit, at, JSON.stringify(findings)],
  )
  return rows[0]?.id ?? 0
}

/** Notes how a run ended; its findings stay those it began with. */
export async function finishRun(
  db: Db,
  run: { readonly id: number; readonly outcome: string; readonly at: Date },
): Promise<void> {
  await db.query('update reconcile_run set finished_at = $2, outcome = $3 where id = $1', [run.id, run.at, run.outcome])
}

/**
 * The newest commit that a run may have brought into force, in part or whole: what was refused or never planned does
 * not count, a run that broke off does.
 */
export async function readLastCommit(db: Db): Promise<string | undefined> {
  const { rows } = await db.query<{ commit: string }>(
    `select commit from reconcile_run where coalesce(outcome, '') not in ('failed', 'refused') order by id desc limit 1`,
  )
  return rows[0]?.commit
}

/** Notes the commit a scope now stands at. */
export async function setApplied(
  tx: Tx,
  { scope, commit, at }: { readonly scope: Scope; readonly commit: string; readonly at: Date },
): Promise<void> {
  await tx.query(
    `insert into applied (scope, commit, at) values ($1, $2, $3)
     on conflict (scope) do update set commit = excluded.commit, at = excluded.at`,
    [scope, commit, at],
  )
}

/** Lists the newest runs, newest first. */
export async function readRuns(db: Db, limit: number): Promise<ReconcileRun[]> {
  const { rows } = await db.query<{
    id: number
    commit: string
    started_at: Date
    finished_at: Date | null
    outcome: string | null
    findings: readonly Finding[]
  }>('select id, commit, started_at, finished_at, outcome, findings from reconcile_run order by id desc limit $1', [
    limit,
  ])
  return rows.map(({ id, commit, started_at, finished_at, outcome, findings }) => ({
    ...{ id, commit, findings, startedAt: started_at },
    finishedAt: finished_at ?? undefined,
    outcome: outcome ?? undefined,
  }))
}
