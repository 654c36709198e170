import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { closeChange } from './close-change.ts'

const requestsOf = (hold: string): string =>
  `jsonb_array_elements(${hold}.change->'requests') with ordinality as r(request, place)`
const isTheirs = `(r.request->>'person')::integer = any($1)`

/**
 * Takes people who are erased out of what is held, with all that is said of them there and that they would lose; a hold that is about nobody else is over. The
 * digest stays: it names what was asked for, and whoever approved it would lose no more.
 */
export async function leaveOutOfHolds(tx: Tx, persons: readonly UserId[], at: Date): Promise<void> {
  const { rows } = await tx.query<{ digest: string; is_empty: boolean }>(
    `update hold h set change = jsonb_set(h.change, '{requests}', coalesce(
       (select jsonb_agg(r.request order by r.place) from ${requestsOf('h')} where ${isTheirs} is not true), '[]')),
     losses = coalesce(
       (select jsonb_agg(l.loss order by l.place) from jsonb_array_elements(h.losses) with ordinality as l(loss, place)
        where (l.loss->>'user')::integer <> all($1)), '[]')
     where h.closed_at is null and h.kind <> 'commit' and (
       exists (select from ${requestsOf('h')} where ${isTheirs})
       or exists (select from jsonb_array_elements(h.losses) as l(loss) where (l.loss->>'user')::integer = any($1)))
     returning h.digest, h.change->'requests' = '[]' as is_empty`,
    [persons],
  )
  for (const { digest, is_empty: isEmpty } of rows)
    if (isEmpty) await closeChange(tx, { digest, outcome: 'superseded', at })
}

/** Tells which open hold names a person in words: as whose it is, why, or in what it says of others. */
export async function findHoldNaming(
  tx: Tx,
  { person, pattern }: { readonly person: UserId; readonly pattern: string },
): Promise<string | undefined> {
  const { rows } = await tx.query<{ digest: string }>(
    `select h.digest from hold h
     where h.closed_at is null and (h.asker = any($1) or concat_ws(' ', h.by, h.reason) ~ $2
       or exists (select from ${requestsOf('h')} where ${isTheirs} is not true and r.request::text ~ $2))
     order by h.id limit 1`,
    [[person], pattern],
  )
  return rows[0]?.digest
}
