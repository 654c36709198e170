import { GuildhallError } from '../../core/errors.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'

/** Whose identity this is; IDENTITY_UNKNOWN where it is nobody's. */
export async function findPerson(
  db: Db,
  identity: IdentityRef,
): Promise<{ readonly personId: number; readonly user: IdentityRef }> {
  const { rows } = await db.query<{ personId: number; user: IdentityRef }>(
    `select p.id as "personId", p.identities[1] as "user" from identity i join person p on p.id = i.person_id where i.ref = $1`,
    [identity],
  )
  const [person] = rows
  if (person !== undefined) return person
  throw new GuildhallError(
    'IDENTITY_UNKNOWN',
    `Cannot explain the access of "${identity}": nobody has this identity; write <source>/<login>`,
    { facts: { identity } },
  )
}
