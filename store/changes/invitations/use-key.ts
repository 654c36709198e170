import { GuildhallError } from '../../../core/errors.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { hashOfKey } from '../keys.ts'
import { findInvitations, vosOfInvitations, type FoundInvitation } from './found-invitation.ts'

/** Finds the open invitation of a key and locks it. Whatever is wrong with the key, KEY_REFUSED says the same. Throws VO_BUSY. */
export async function findByKey(
  tx: Tx,
  { key, now }: { readonly key: string; readonly now: Date },
): Promise<FoundInvitation> {
  const { rows } = await tx.query<{ id: number }>('select id from invitation where key_hash = $1', [hashOfKey(key)])
  const [named] = rows
  if (named === undefined) throw invalidKey()
  await lockVos(tx, await vosOfInvitations(tx, [named.id]), { mode: 'shared' })
  const found = (await findInvitations(tx, { ids: [named.id], now })).get(named.id)
  if (found === undefined || !(await isStillItsKey(tx, named.id, key)) || !isUsable(found)) throw invalidKey()
  return found
}

/** A new one may have been wanted while the lock was waited for. */
async function isStillItsKey(tx: Tx, id: number, key: string): Promise<boolean> {
  const { rowCount } = await tx.query('select from invitation where id = $1 and key_hash = $2', [id, hashOfKey(key)])
  return rowCount === 1
}

function isUsable({ state, isTargetGone, today, until }: FoundInvitation): boolean {
  return state === 'open' && !isTargetGone && today !== undefined && today < until
}

function invalidKey(): GuildhallError {
  return new GuildhallError(
    'KEY_REFUSED',
    'Cannot use the invitation: its key is wrong, was used before, or counts no more; ask whoever invited you for another one',
  )
}
