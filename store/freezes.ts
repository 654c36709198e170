import type { Authentication } from '../core/model/authentication.ts'
import { voOfScope, type Scope } from '../core/model/scope.ts'
import { recordEvent } from './changes/trail.ts'
import type { Db, Tx } from './pool.ts'

/** What stops applying; without a scope everything is frozen. */
export interface Freeze {
  readonly scope?: Scope
  readonly by: string
  readonly authentication?: Authentication | undefined
  readonly reason: string
  readonly at: Date
}

/** The commit beyond which nothing is applied. */
export interface Pin {
  readonly commit: string
  readonly by: string
  readonly authentication?: Authentication | undefined
  readonly at: Date
}

const everything = '*'

export async function freeze(tx: Tx, { scope, by, authentication, reason, at }: Freeze): Promise<void> {
  await tx.query(
    `insert into frozen (scope, by, reason, at) values ($1, $2, $3, $4)
     on conflict (scope) do update set by = excluded.by, reason = excluded.reason, at = excluded.at`,
    [scope ?? everything, by, reason, at],
  )
  await record(tx, { by, authentication, at }, { ...about(scope), action: 'add', kind: 'Freeze', personal: { reason } })
}

/** Lifts a freeze; tells whether there was one. */
export async function unfreeze(tx: Tx, { scope, by, authentication, at }: Omit<Freeze, 'reason'>): Promise<boolean> {
  const { rowCount } = await tx.query('delete from frozen where scope = $1', [scope ?? everything])
  if (rowCount !== 1) return false
  await record(tx, { by, authentication, at }, { ...about(scope), action: 'remove', kind: 'Freeze', personal: {} })
  return true
}

export async function listFreezes(db: Db): Promise<Freeze[]> {
  const { rows } = await db.query<{ scope: Scope | null; by: string; reason: string; at: Date }>(
    `select nullif(scope, $1) as scope, by, reason, at from frozen order by frozen.scope`,
    [everything],
  )
  return rows.map(({ scope, by, reason, at }) => ({ ...(scope === null ? {} : { scope }), by, reason, at }))
}

/** Pins the instance to a commit, or lifts the pin. */
export async function setPin(
  tx: Tx,
  { commit, by, authentication, at }: Omit<Pin, 'commit'> & { readonly commit: string | undefined },
): Promise<void> {
  const { rowCount } = await tx.query('delete from pin')
  if (commit !== undefined) await tx.query('insert into pin (commit, by, at) values ($1, $2, $3)', [commit, by, at])
  if (commit === undefined && rowCount === 0) return
  const [action, personal] = commit === undefined ? ['remove', {}] : ['add', { commit }]
  await record(tx, { by, authentication, at }, { action, kind: 'Pin', name: 'instance', personal })
}

export async function readPin(db: Db): Promise<Pin | undefined> {
  const { rows } = await db.query<Pin>('select commit, by, at from pin')
  return rows[0]
}

async function record(
  tx: Tx,
  { by, authentication, at }: Pick<Freeze, 'at' | 'authentication' | 'by'>,
  event: Parameters<typeof recordEvent>[2],
): Promise<void> {
  await recordEvent(tx, { cause: { actor: by, authentication }, at }, event)
}

function about(scope: Scope | undefined): { readonly vo: string | undefined; readonly name: string } {
  return { vo: scope && voOfScope(scope), name: scope ?? everything }
}
