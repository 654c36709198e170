import type { Pool } from 'pg'
import type { PreviewedChange } from '../../../core/model/answers.ts'
import type { Tx } from '../../pool.ts'
import { forgetTrail } from '../trail.ts'
import { syncMembers, type SyncInput } from './sync-members.ts'
import type { SyncResult } from './sync-result.ts'

/** What a run would come to, and what it would do about whom; of one that would be held too. */
export interface SyncPreview {
  readonly result: SyncResult
  readonly changes: readonly PreviewedChange[]
}

/** Makes a run in a transaction that is rolled back: what it would do is known, and nothing was written. */
export async function previewSync(pool: Pool, input: SyncInput): Promise<SyncPreview> {
  const tx = await pool.connect()
  let isBroken = false
  try {
    await tx.query('begin')
    const result = await syncMembers(tx, input)
    const isCompared = result.outcome === 'changed' || result.outcome === 'held'
    return { result, changes: isCompared ? await listChanges(tx, input) : [] }
  } finally {
    forgetTrail(tx)
    await tx.query('rollback').catch(() => (isBroken = true))
    tx.release(isBroken)
  }
}

async function listChanges(tx: Tx, { absent }: SyncInput): Promise<PreviewedChange[]> {
  const { rows } = await tx.query<PreviewedChange>(
    `select * from (
       select case d.action when 'add' then 'join' when 'absent' then 'leave' else d.action end as action,
         coalesce(p.identities[1], d.ref) as "user", g.name as "group",
         case when d.action <> 'absent' or $1 = 'expire' then d.expires::text end as expires
       from sync_diff d left join person p on p.id = d.person_id left join groups g on g.id = d.group_id
     ) x
     order by "user" collate "C", "group" collate "C" nulls first`,
    [absent.then],
  )
  return rows
}
