import type { Pool } from 'pg'
import { freeOfLocks } from './locks.ts'
import { readMigrations } from './migrate.ts'
import type { Tx } from './pool.ts'
import { forgetTrail } from './changes/trail.ts'

/** What no clock and no planner reads: history, deliveries, mail, and what was told to workflows. */
const left =
  /_past$|_wake$|^(event|chain|snapshot|delivery|outbox|stale|reconcile_run|mail$|hold$|approval|migration$|fence$|sync_run|sync_schedule|sync_file)/

/**
 * Lets work happen to a copy of the state that nobody else sees, and forgets it: a schema of its own with the same tables,
 * views and functions, inside a transaction that is always rolled back. The copy is as the state was at one moment, and takes
 * none of the locks by which writers wait for each other.
 */
export async function rehearse<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const tx = await pool.connect()
  let isBroken = false
  try {
    await tx.query('begin isolation level repeatable read')
    await copyState(tx)
    return await freeOfLocks(tx, () => work(tx))
  } finally {
    forgetTrail(tx)
    await tx.query('rollback').catch(() => (isBroken = true))
    tx.release(isBroken)
  }
}

interface CopiedTable {
  readonly name: string
  /** Of the copy, and how the original is read: the copy has enums of its own. */
  readonly columns: string
  readonly values: string
}

async function copyState(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ source: string; copy: string }>(
    `select current_schema() as source, 'rehearsal_' || pg_backend_pid() as copy`,
  )
  const [{ source, copy } = { source: '', copy: '' }] = rows
  await tx.query(`create schema ${copy}`)
  await tx.query(`set local search_path to ${copy}`)
  for (const { sql } of await readMigrations()) await tx.query(sql)
  const kept = await dropReferences(tx)
  for (const { name, columns, values } of await tablesOf(tx, { source, copy })) {
    // What migrations put in themselves is in the original too.
    await tx.query(`delete from ${name}`)
    await tx.query(`insert into ${name} (${columns}) overriding system value select ${values} from ${source}.${name}`)
    await tx.query(`analyze ${name}`)
  }
  await goOnCounting(tx)
  for (const statement of kept) await tx.query(statement)
}

/** Drops what would check each row that is copied; gives the statements that bring back what takes rows along, and triggers. */
async function dropReferences(tx: Tx): Promise<string[]> {
  const { rows } = await tx.query<{ table: string; name: string; definition: string; takes_along: boolean }>(
    `select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as definition,
       confdeltype in ('c', 'n') as takes_along
     from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace order by conrelid, conname`,
  )
  for (const { table, name } of rows) await tx.query(`alter table ${table} drop constraint ${name}`)
  const triggers = await tx.query<{ table: string; name: string; definition: string }>(
    `select t.tgrelid::regclass::text as "table", t.tgname as name, pg_get_triggerdef(t.oid) as definition
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal`,
  )
  for (const { table, name } of triggers.rows) await tx.query(`drop trigger ${name} on ${table}`)
  const takingAlong = rows
    .filter(({ takes_along }) => takes_along)
    .map(({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition} not valid`)
  return [...takingAlong, ...triggers.rows.map(({ definition }) => definition)]
}

async function tablesOf(
  tx: Tx,
  { source, copy }: { readonly source: string; readonly copy: string },
): Promise<CopiedTable[]> {
  const { rows } = await tx.query<CopiedTable>(
    `select c.relname as name,
       string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns,
       string_agg(
         quote_ident(a.attname) || case when t.typnamespace = c.relnamespace then '::text::' || t.typname else '' end,
         ', ' order by a.attnum) as values
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     join pg_type t on t.oid = a.atttypid
     where c.relnamespace = $1::regnamespace and c.relkind = 'r'
       and exists (select from pg_class o where o.relnamespace = $2::regnamespace and o.relname = c.relname)
     group by c.oid, c.relname order by c.oid`,
    [copy, source],
  )
  return rows.filter(({ name }) => !left.test(name))
}

/** Lets identity columns go on after what was copied. */
async function goOnCounting(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ table: string; column: string }>(
    `select c.relname as "table", a.attname as "column"
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attidentity <> ''
     where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'`,
  )
  for (const { table, column } of rows) {
    await tx.query(
      `select setval(pg_get_serial_sequence($1, $2), (select coalesce(max(${column}), 0) + 1 from ${table}), false)`,
      [table, column],
    )
  }
}
