import { GuildhallError } from '../../core/errors.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { unknownIdentities } from '../changes/unknown-identities.ts'
import type { Db } from '../pool.ts'

/** IDENTITY_UNKNOWN where nobody has an identity: what was tried with it, such as `list bans of`. */
export async function requireKnown(db: Db, tried: string, identity: IdentityRef): Promise<void> {
  const { rows } = await db.query('select from identity where ref = $1', [identity])
  if (rows.length > 0) return
  const unknown = await unknownIdentities(db, { asked: [identity], known: new Set() })
  throw new GuildhallError('IDENTITY_UNKNOWN', `Cannot ${tried} "${identity}": ${unknown(identity).message}`, {
    facts: { identity },
  })
}
