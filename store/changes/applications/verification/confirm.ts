import { isEnded } from '../../../../core/applications/application.ts'
import { GuildhallError } from '../../../../core/errors.ts'
import { lockVos } from '../../../locks.ts'
import type { Tx } from '../../../pool.ts'
import { hashOfKey } from '../../keys.ts'
import type { Trail } from '../../trail.ts'
import { tell, type ActOutcome, type Judging } from '../act-outcome.ts'
import { findApplication, voOfApplication } from '../found-application.ts'
import { noteAct } from '../note-act.ts'
import { keepVerified } from './keep-verified.ts'

/** A key that somebody got by mail. */
export interface ConfirmInput {
  readonly key: string
  readonly now: Date
}

/** The application whose address is confirmed, and the act that is to be settled. */
export interface ConfirmedByKey {
  readonly application: number
  readonly noted: string
}

/**
 * Uses a key up, in the caller's transaction: writes down that the address it went to is confirmed, for `settleAct`. Whatever is wrong
 * with the key, KEY_REFUSED says the same. Throws VO_BUSY.
 */
export async function confirmByKey(tx: Tx, { key, now }: ConfirmInput): Promise<ConfirmedByKey> {
  const hash = hashOfKey(key)
  const { rows } = await tx.query<{ application: number }>(
    'select application_id as application from verification where key_hash = $1',
    [hash],
  )
  const [named] = rows
  if (named === undefined) throw invalidKey()
  const { application: id } = named
  const vo = await voOfApplication(tx, id)
  await lockVos(tx, vo === undefined ? [] : [vo], { mode: 'shared' })
  const { state, isTargetGone, identity } = await findApplication(tx, id)
  // Another mail may have been asked for while the lock was waited for.
  const { rows: usable } = await tx.query<{ id: string }>(
    'select id::text from verification where key_hash = $1 and act_id is null and expires_at > $2 for update',
    [hash, now],
  )
  const [found] = usable
  if (found === undefined || isEnded(state) || isTargetGone) throw invalidKey()
  const cause = { actor: identity, authentication: 'key' as const }
  const noted = await noteAct(tx, { application: id, act: 'verify', reason: '', cause, now })
  await tx.query('update verification set act_id = $2 where id = $1', [found.id, noted])
  return { application: id, noted }
}

function invalidKey(): GuildhallError {
  return new GuildhallError(
    'KEY_REFUSED',
    'Cannot confirm an address with this key: it is wrong, was used before, or counts no more; ask for another one with `guildhall application resend ID --as IDENTITY`',
  )
}

/** Settles that an address was confirmed: it is, and the application goes on once all are. */
export async function settleConfirmed(
  tx: Tx,
  trail: Trail,
  { application, act, target, input }: Judging,
): Promise<ActOutcome> {
  await tx.query(
    `insert into confirmed_address (person_id, application_id, address, at, how)
     select $2, application_id, address, $3, 'key' from verification where act_id = $1`,
    [act.id, application.person ?? null, trail.at],
  )
  await tell(tx, trail, { application, action: 'verify', reason: '' })
  await keepVerified(tx, trail, { application, target, compileSchema: input.compileSchema })
  return { kind: 'done' }
}
