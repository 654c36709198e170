import type { IdentityRef } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import { erasedAmong } from './people.ts'

/** Why nobody is found by an identity. */
export interface UnknownIdentity {
  readonly reason: 'identity-erased' | 'identity-unknown'
  readonly message: string
}

/** Identities that were asked for, and those of them that somebody has. */
interface AskedIdentities {
  readonly asked: readonly IdentityRef[]
  readonly known: Pick<ReadonlySet<IdentityRef>, 'has'>
}

/** Tells of identities that nobody has whether somebody had them who was erased; the others are told what is given. */
export async function unknownIdentities(
  db: Db,
  { asked, known }: AskedIdentities,
  message: string | ((identity: IdentityRef) => string),
): Promise<(identity: IdentityRef) => UnknownIdentity> {
  const missing = asked.filter((identity) => !known.has(identity))
  const erased = new Set(missing.length === 0 ? [] : await erasedAmong(db, missing))
  return (identity) =>
    erased.has(identity)
      ? {
          reason: 'identity-erased',
          message: `"${identity}" was erased, and nobody is made of it again; choose another`,
        }
      : { reason: 'identity-unknown', message: typeof message === 'string' ? message : message(identity) }
}

/** What is said where a source that is declared would have made somebody. */
export const notDeclared =
  'nobody has this identity, and its source is not declared; expected one that somebody has, or of a source of type `declared`'
