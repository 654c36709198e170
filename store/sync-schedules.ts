import type { Db } from './pool.ts'

/** What Temporal was last told of a sync's Schedule; its hash is empty where the sync has to be asked for again. */
export interface ToldSchedule {
  readonly id: string
  readonly hash: string
}

/** A file of the configuration repository that a sync read; its hash is empty where there was none. */
export interface ReadFile {
  readonly path: string
  readonly hash: string
}

/** Lists the Schedules that Temporal was told of. */
export async function listToldSchedules(db: Db): Promise<ToldSchedule[]> {
  const { rows } = await db.query<ToldSchedule>('select id, hash from sync_schedule order by id')
  return rows
}

/** Notes what Temporal was told of a Schedule. */
export async function noteToldSchedule(db: Db, { id, hash }: ToldSchedule): Promise<void> {
  await db.query(
    `insert into sync_schedule (id, hash) values ($1, $2)
     on conflict (id) do update set hash = excluded.hash where sync_schedule.hash <> excluded.hash`,
    [id, hash],
  )
}

/** Notes that a run was missed, so that whoever keeps Schedules asks for it. */
export async function noteMissedRun(db: Db, id: string): Promise<void> {
  await db.query(`update sync_schedule set hash = '' where id = $1 and hash <> ''`, [id])
}

/** Forgets a Schedule that is no more, with what its sync read. */
export async function forgetToldSchedule(db: Db, id: string): Promise<void> {
  await db.query('with files as (delete from sync_file where id = $1) delete from sync_schedule where id = $1', [id])
}

/** Lists by sync which files of the configuration repository it read. */
export async function listReadFiles(db: Db): Promise<ReadonlyMap<string, readonly ReadFile[]>> {
  const { rows } = await db.query<ReadFile & { readonly id: string }>(
    'select id, path, hash from sync_file order by id, path',
  )
  const files = new Map<string, ReadFile[]>()
  for (const { id, ...file } of rows) files.set(id, [...(files.get(id) ?? []), file])
  return files
}

/** Notes which files of the configuration repository a sync has read, in place of those before. */
export async function noteReadFiles(
  db: Db,
  { id, files }: { readonly id: string; readonly files: readonly ReadFile[] },
): Promise<void> {
  await db.query(
    `with wanted as materialized (
       select path, hash from json_to_recordset($2::json) as x(path text, hash text)
     ), gone as (
       delete from sync_file where id = $1 and path not in (select path from wanted)
     )
     insert into sync_file (id, path, hash) select $1, path, hash from wanted
     on conflict (id, path) do update set hash = excluded.hash where sync_file.hash <> excluded.hash`,
    [id, JSON.stringify(files)],
  )
}
