import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** An erasure as a hold keeps it: nothing of the people but their ids, which say nothing once they are gone. */
export interface HeldErasure {
  readonly type: 'user'
  readonly act: 'erase'
  readonly requests: readonly { readonly person: number }[]
}

/** Writes down an erasure so that it can be done later. */
export function heldErasure(persons: readonly number[]): HeldErasure {
  const requests = [...persons].sort((a, b) => a - b).map((person) => ({ person }))
  return { type: 'user', act: 'erase', requests }
}

/** Reads back who is to be erased, by identities of today. */
export async function readHeldErasure(
  tx: Tx,
  { requests }: HeldErasure,
): Promise<{ readonly users: readonly IdentityRef[] }> {
  const { rows } = await tx.query<{ user: IdentityRef }>(
    `select identities[1] as "user" from person where id = any($1) and identities <> '{}' order by 1`,
    [requests.map(({ person }) => person)],
  )
  return { users: rows.map(({ user }) => user) }
}
