import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { desireFolder, surroundingsFor } from '../../connectors/config-repo/validate-folder.ts'
import { destinationOptions, generatorOptions, sourceOptions } from '../../connectors/registry.ts'
import type { Desired, State } from '../../core/model/state.ts'
import { planCommit, type CommitPlan } from '../../core/plan/plan-commit.ts'
import { applyChanges, inTransaction, loadState, migrate, openPool, takeEpoch, type Pool } from '../../store/index.ts'
import { startPostgres } from '../../worker/embedded/postgres.ts'

/** An empty, migrated PostgreSQL of the benchmark's own, in a temporary folder. */
export interface World {
  readonly home: string
  readonly url: string
  readonly pool: Pool
  close(): Promise<void>
}

const quiet = { info: () => undefined, warn: () => undefined }

/** The same for every plan of a run. */
export const abilities = { generatorOptions, destinationOptions, sourceOptions }

/** When everything happens; nothing here depends on the day. */
export const asOf = new Date('2026-06-01T00:00:00Z')

export function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-bench-'))
  // The server's account has to reach its data.
  chmodSync(home, 0o755)
  return home
}

const open = new Set<World>()

/** Closes what a benchmark that failed, or was stopped, has left open. */
export async function closeWorlds(): Promise<void> {
  for (const world of open) await world.close()
}

export async function openWorld(): Promise<World> {
  const home = makeHome()
  const server = await startPostgres({ home, log: quiet })
  const pool = openPool(server.url)
  const world: World = {
    ...{ home, pool, url: server.url },
    close: async () => {
      if (!open.delete(world)) return
      await pool.end()
      await server.stop()
      rmSync(server.folder, { recursive: true, force: true })
      rmSync(home, { recursive: true, force: true })
    },
  }
  open.add(world)
  await migrate(pool)
  return world
}

/** Files by path; their documents are JSON, which is YAML, unless they are text already. */
export type Files = Readonly<Record<string, string>>

export function writeFiles(folder: string, files: Files): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Makes a repository of the configuration in a home, with one commit. */
export function makeRepository(home: string, files: Files): string {
  const repository = writeFiles(join(home, 'repository'), files)
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', ...words], { cwd: repository })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'All')
  return repository
}

/** Builds the worker that a benchmark starts. */
export function buildProgram(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root })
}

/** Reads a folder of configuration. */
export async function read(folder: string): Promise<Desired> {
  return desireFolder(folder, abilities)
}

const { compileSchema } = surroundingsFor(abilities)

/** What becomes of a commit, as the daemon works it out. */
export function plan(state: State, desired: Desired): CommitPlan {
  return planCommit({ state, desired, compileSchema, frozen: [], approvals: [], asOf })
}

/** Brings what is desired into force, one transaction a scope. */
export async function apply(pool: Pool, desired: Desired): Promise<void> {
  const decided = plan(await loadState(pool, { lossesSince: asOf }), desired)
  const faults = decided.plan.findings.filter(({ severity }) => severity === 'error')
  if (faults.length > 0 || decided.held.length > 0)
    throw new Error(
      `Cannot build the world: ${JSON.stringify([faults.slice(0, 3), decided.held.map((one) => one.reasons)])}`,
    )
  for (const step of decided.apply) await applyStep(pool, { ...step, offers: decided.offers })
  await pool.query('analyze')
}

type Step = CommitPlan['apply'][number] & Pick<CommitPlan, 'offers'>

/** Writes one scope's changes as the daemon does. */
export async function applyStep(pool: Pool, step: Step): Promise<void> {
  const epoch = await takeEpoch(pool, [step.scope])
  await inTransaction(pool, async (tx) => applyChanges(tx, { ...step, epoch, cause: { actor: 'bench' }, asOf }))
}

/** People `idp/p0` … with a login and a number, all in group big/all; by SQL, since this many documents would take minutes. */
export async function fill(pool: Pool, count: number): Promise<void> {
  const last = [count - 1]
  await pool.query(
    `insert into person (identities, created_at) select array['idp/p' || n], $2 from generate_series(0, $1::integer) n`,
    [...last, asOf],
  )
  await pool.query(
    `insert into identity (ref, person_id, created_at) select identities[1], id, $1 from person where identities[1] like 'idp/p%'`,
    [asOf],
  )
  await pool.query(
    `insert into member (vo_id, person_id, status, since)
     select vo.id, p.id, 'VALID', $1 from vo, person p where p.identities[1] like 'idp/p%'`,
    [asOf],
  )
  await pool.query(
    `insert into membership (vo_id, group_id, person_id, origin, since)
     select g.vo_id, g.id, p.id, 'config', $1 from groups g, person p where g.name = 'all' and p.identities[1] like 'idp/p%'`,
    [asOf],
  )
  await pool.query(
    `insert into attribute_value (attribute, subject, object, value, origin)
     select 'user.login', id, 0, to_jsonb(replace(identities[1], 'idp/', 'l')), 'config' from person
     union all
     select 'user-facility.uid', p.id, f.id, to_jsonb(10000 + p.id), 'generated' from person p, facility f`,
  )
  await pool.query('vacuum analyze')
}

/** One document a line, as JSON. */
export function document(kind: string, metadata: object, spec: object): string {
  return `${JSON.stringify({ apiVersion: 'guildhall/v1', kind, metadata, spec })}\n`
}

export function together(...documents: readonly string[]): string {
  return documents.join('---\n')
}

/** What every configuration needs; a group may grow from nothing to anything. */
export function ground(...more: readonly string[]): string {
  return together(
    document(
      'Instance',
      { name: 'bench' },
      {
        namespace: 'urn:geant:example.org',
        authority: 'guildhall.example.org',
        timeZone: 'UTC',
        guard: { remove: '100%', people: 1_000_000 },
        trust: { signatures: 'none' },
      },
    ),
    document('Source', { name: 'idp' }, { type: 'declared', loa: 2 }),
    ...more,
  )
}

/** Numbers from 0, as many as asked for. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
