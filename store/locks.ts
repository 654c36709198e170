import { DatabaseError } from 'pg'
import { GuildhallError } from '../core/errors.ts'
import { voOfScope } from '../core/model/scope.ts'
import type { Scope } from '../core/model/scope.ts'
import type { Tx } from './pool.ts'

export type LockMode = 'shared' | 'exclusive'

/** The first number of our two-part advisory locks, in the order in which a transaction may take them. */
const family = { instance: 41, vo: 42, notices: 46, people: 43, structure: 44, audit: 45 } as const
const usualPatience = '15s'

/** Transactions whose writes nobody else ever sees: they keep nobody waiting, and wait for nobody. */
const free = new WeakSet<Tx>()

/** Lets a transaction that is going to be rolled back, and writes to a copy of its own, go without our locks. */
export async function freeOfLocks<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  free.add(tx)
  try {
    return await work()
  } finally {
    free.delete(tx)
  }
}

/** Locks VOs until the end of the transaction, in name order; after 15 s it throws VO_BUSY. */
export async function lockVos(
  tx: Tx,
  names: readonly string[],
  { mode, patience = usualPatience }: { readonly mode: LockMode; readonly patience?: string },
): Promise<void> {
  await patiently(tx, { subject: 'instance', patience }, (lock) => lock('shared', family.instance, ''))
  for (const name of [...new Set(names)].sort()) {
    await patiently(tx, { subject: `vo:${name}`, patience }, (lock) => lock(mode, family.vo, name))
  }
}

/**
 * Locks the notices of a VO that wait until the end of the transaction: one at a time tells them, while acts, which share the VO
 * with it, write more.
 */
export async function lockNotices(tx: Tx, vo: string): Promise<void> {
  await patiently(tx, { subject: `vo:${vo}`, patience: usualPatience }, (lock) => lock('exclusive', family.notices, vo))
}

/**
 * Locks what an apply of the scope may write. The instance's documents decide statuses in every VO, so its apply
 * excludes all other writers by one lock that they share.
 */
export async function lockScope(tx: Tx, scope: Scope, alsoVos: readonly string[] = []): Promise<void> {
  const vo = voOfScope(scope)
  if (vo !== undefined) return lockVos(tx, [vo, ...alsoVos], { mode: 'exclusive' })
  await patiently(tx, { subject: scope, patience: usualPatience }, (lock) => lock('exclusive', family.instance, ''))
}

/** Locks people to the end of the transaction: of two changes about somebody at once, the second sees what the first did. */
export async function lockPeople(tx: Tx, persons: readonly number[]): Promise<void> {
  await tx.query('select 1 from person where id = any($1) order by id for no key update', [persons])
}

/** Locks whoever has one of these identities, as above. */
export async function lockPeopleOf(tx: Tx, identities: readonly string[]): Promise<void> {
  await tx.query(
    `select 1 from person where id in (select person_id from identity where ref = any($1)) order by id for no key update`,
    [identities],
  )
}

/** Serialises what all transactions share; waits as long as it takes. */
export async function lockShared(tx: Tx, what: 'people' | 'structure' | 'audit'): Promise<void> {
  if (!free.has(tx)) await tx.query('select pg_advisory_xact_lock($1, 0)', [family[what]])
}

type Lock = (mode: LockMode, first: number, name: string) => Promise<void>

async function patiently(
  tx: Tx,
  { subject, patience }: { readonly subject: string; readonly patience: string },
  take: (lock: Lock) => Promise<void>,
): Promise<void> {
  if (free.has(tx)) return
  await tx.query(`set local lock_timeout = '${patience}'`)
  try {
    await take(async (mode, first, name) => {
      const call = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock'
      await tx.query(`select ${call}($1, hashtext($2))`, [first, name])
    })
  } catch (error) {
    if (!isLockTimeout(error)) throw error
    throw new GuildhallError(
      'VO_BUSY',
      `Cannot write "${subject}": another change has been at work on it for ${patience}; try again`,
      { facts: { scope: subject }, cause: error },
    )
  }
  await tx.query('set local lock_timeout = 0')
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '55P03'
}
