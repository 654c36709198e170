import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Pool, PoolClient } from 'pg'
import { GuildhallError } from '../core/errors.ts'

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

const folder = new URL('./migrations/', import.meta.url)
/** Any number, but the same in every release: two starting workers must not migrate at once. */
const lockKey = 7_104_031

/** Brings the database to the newest structure: each migration once, in one transaction of its own. */
export async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    await client.query(
      'create table if not exists migration (name text primary key, checksum text not null, at timestamptz not null default now())',
    )
    const done = await appliedMigrations(client)
    for (const migration of await readMigrations()) await apply(client, migration, done.get(migration.name))
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey]).catch(() => undefined)
    client.release()
  }
}

async function apply(client: PoolClient, { name, sql, checksum }: Migration, known: string | undefined): Promise<void> {
  if (known === checksum) return
  if (known !== undefined) {
    throw new GuildhallError(
      'MIGRATION_CHANGED',
      `Cannot migrate the database: migration "${name}" was applied with other content; restore the file and add a new migration instead`,
      { facts: { migration: name } },
    )
  }
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into migration (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function appliedMigrations(client: PoolClient): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from migration')
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

/** Reads the migrations in their order. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
