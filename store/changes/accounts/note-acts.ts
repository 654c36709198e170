import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { Cause } from '../trail.ts'

/** What an owner did for an account, or why they were refused to. */
export interface OwnersAct {
  readonly person: UserId
  readonly what: string
  readonly refused?: string | undefined
}

/** Who acted for accounts, why and when. */
interface Noting {
  readonly owner: UserId
  readonly acts: readonly OwnersAct[]
  readonly reason: string
  readonly cause: Cause
  readonly now: Date
}

/** Keeps for evidence that an owner acted for accounts, or was refused to. */
export async function noteActs(tx: Tx, { owner, acts, reason, cause, now }: Noting): Promise<void> {
  if (acts.length === 0) return
  await tx.query(
    `insert into service_account_act (person_id, owner_id, authentication, what, refused, reason, at)
     select person_id, $1, $2, what, refused, $3, $4 from unnest($5::integer[], $6::text[], $7::text[]) as a(person_id, what, refused)`,
    [
      ...[owner, cause.authentication, reason, now, acts.map(({ person }) => person), acts.map(({ what }) => what)],
      acts.map(({ refused }) => refused ?? null),
    ],
  )
}
