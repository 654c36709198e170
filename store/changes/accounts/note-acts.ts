import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { Cause } from '../trail.ts'

/** What an owner did for an account, or why they were refused to. */
export interface OwnersAct {
  readonly person: UserId
  readonly what: string
  readonly refused?: string | undefined
  readonly reason: string
}

/** Who acted for accounts, and when. */
interface Noting {
  readonly owner: UserId
  readonly acts: readonly OwnersAct[]
  readonly cause: Cause
  readonly now: Date
}

/** Keeps for evidence that an owner acted for accounts, or was refused to. */
export async function noteActs(tx: Tx, { owner, acts, cause, now }: Noting): Promise<void> {
  if (acts.length === 0) return
  await tx.query(
    `insert into service_account_act (person_id, owner_id, authentication, what, refused, reason, at)
     select person_id, $1, $2, what, refused, reason, $3
     from unnest($4::integer[], $5::text[], $6::text[], $7::text[]) as a(person_id, what, refused, reason)`,
    [
      ...[owner, cause.authentication, now, acts.map(({ person }) => person), acts.map(({ what }) => what)],
      ...[acts.map(({ refused }) => refused ?? null), acts.map(({ reason }) => reason)],
    ],
  )
}
