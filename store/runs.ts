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

interface RunStart {
  readonly commit: string
  readonly findings: readonly Finding[]
  readonly at: Date
}

/** Notes that a run begins to bring its commit into force, with what is wrong with it; repeated, it is the same run. */
export async function startRun(db: Db, { commit, findings, at }: RunStart): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `with again as (
       update reconcile_run set findings = $3::jsonb, planned = true
       where id = (select max(id) from reconcile_run) and commit = $1 and started_at = $2 returning id
     ), fresh as (
       insert into reconcile_run (commit, started_at, findings, planned)
       select $1, $2, $3::jsonb, true where not exists (select from again) returning id
     )
     select id from again union all select id from fresh`,
    [commit, at, JSON.stringify(findings)],
  )
  return rows[0]?.id ?? 0
}

/**
 * Notes a run with its end, in one statement: a row without one stands for a commit that may be in force. Where the
 * newest row is of the same run, it is ended, and a finding that it has already is not noted again.
 */
export async function recordRun(db: Db, run: RunStart & { readonly outcome: 'failed' | 'refused' }): Promise<void> {
  await db.query(
    `with again as (
       update reconcile_run set finished_at = $2, outcome = $4,
         findings = findings || (
           select coalesce(jsonb_agg(one), '[]') from jsonb_array_elements($3::jsonb) one
           where not exists (select from jsonb_array_elements(findings) had where had ->> 'code' = one ->> 'code'))
       where id = (select max(id) from reconcile_run) and commit = $1 and started_at = $2 returning id
     )
     insert into reconcile_run (commit, started_at, findings, outcome, finished_at)
     select $1, $2, $3::jsonb, $4, $2 where not exists (select from again)`,
    [run.commit, run.at, JSON.stringify(run.findings), run.outcome],
  )
}

/** Adds why a run, or a scope of it, failed; a finding of its code and scope that the run has already stays as it is. */
export async function noteFinding(
  db: Db,
  { run, finding }: { readonly run: number; readonly finding: Finding },
): Promise<void> {
  await db.query(
    `update reconcile_run set findings = findings || $2::jsonb
     where id = $1 and not exists (
       select from jsonb_array_elements(findings) had
       where had ->> 'code' = $3 and had ->> 'scope' is not distinct from $4)`,
    [run, JSON.stringify([finding]), finding.code, finding.scope ?? null],
  )
}

/** Notes how a run ended; its findings stay as they are. */
export async function finishRun(
  db: Db,
  run: { readonly id: number; readonly outcome: string; readonly at: Date },
): Promise<void> {
  await db.query('update reconcile_run set finished_at = $2, outcome = $3 where id = $1', [run.id, run.at, run.outcome])
}

/**
 * The newest commit that a run may have brought into force, in part or whole: what was refused or never planned does
 * not count, a run that broke off or failed after it was planned does.
 */
export async function readLastCommit(db: Db): Promise<string | undefined> {
  const { rows } = await db.query<{ commit: string }>(
    `select commit from reconcile_run where planned and commit <> '' order by id desc limit 1`,
  )
  return rows[0]?.commit
}

/** The newest commit that a run knew; one that could not even fetch knows none. */
export async function readHead(db: Db): Promise<string | undefined> {
  const { rows } = await db.query<{ commit: string }>(
    `select commit from reconcile_run where commit <> '' order by id desc limit 1`,
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

/** Forgets where VOs stood that are no more, or have another name. */
export async function forgetGoneScopes(tx: Tx): Promise<void> {
  await tx.query(`delete from applied where scope <> 'instance' and scope not in (select 'vo:' || name from vo)`)
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
