import type { Tx } from '../../pool.ts'

/** Has reviews looked at. */
export async function wakeReviews(tx: Tx, reviews: readonly number[]): Promise<void> {
  await tx.query(
    `with woken as (insert into review_wake (review_id) select unnest($1::integer[]) returning 1)
     select pg_notify('guildhall_outbox', '') from woken limit 1`,
    [reviews],
  )
}
