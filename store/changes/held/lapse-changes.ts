import { lapsedUntil } from '../../../core/model/approval.ts'
import type { Tx } from '../../pool.ts'
import { closeChange } from './close-change.ts'

interface Lapsing {
  /** Of the change; undefined for every change. */
  readonly content?: string
  readonly at: Date
}

/** Closes the holds of changes whose time is over, where their workflows are late. */
export async function lapseChanges(tx: Tx, { content, at }: Lapsing): Promise<void> {
  const { rows } = await tx.query<{ digest: string }>(
    `select digest from hold
     where ($1::text is null or content = $1) and closed_at is null and kind <> 'commit' and opened_at <= $2 order by id`,
    [content ?? null, lapsedUntil(at)],
  )
  for (const { digest } of rows) await closeChange(tx, { digest, outcome: 'lapsed', at })
}
