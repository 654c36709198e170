import type { Pool } from 'pg'
import type { PreviewedChange } from '../../../core/model/answers.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { GuardReason } from '../../../core/model/plan.ts'
import type { StructureChange } from '../../../core/structure/diff-structure.ts'
import type { Tx } from '../../pool.ts'
import { forgetTrail } from '../trail.ts'
import { syncStructure, type StructureInput } from '../structures/sync-structure.ts'
import { namedAtMost } from './skips.ts'
import { syncMembers, type SyncInput } from './sync-members.ts'
import type { SyncResult } from './sync-result.ts'

/** What a run would come to, and what it would do about whom, or which groups; of one that would be held too. */
export interface SyncPreview {
  readonly result: PreviewedResult
  readonly changes: readonly PreviewedChange[]
}

type PreviewedResult = Pick<SyncResult, 'outcome' | 'subjects'> & {
  readonly skipped: readonly {
    readonly reason: string
    readonly of?: string
    readonly count: number
    readonly identities: readonly string[]
  }[]
  readonly reasons?: readonly GuardReason[]
  readonly error?: Error
}

/** Makes a run in a transaction that is rolled back: what it would do is known, and nothing was written. */
export async function previewSync(pool: Pool, input: SyncInput): Promise<SyncPreview> {
  return inVain(pool, async (tx) => {
    const result = await syncMembers(tx, input)
    const isCompared = result.outcome === 'changed' || result.outcome === 'held'
    return { result, changes: isCompared ? await listChanges(tx, input) : [] }
  })
}

/** The same of a run that makes groups. */
export async function previewStructure(pool: Pool, input: StructureInput): Promise<SyncPreview> {
  return inVain(pool, async (tx) => {
    const result = await syncStructure(tx, input)
    const skipped = [...groupBy(result.notes, ({ reason }) => reason)].map(([reason, notes]) => ({
      ...{ reason, count: notes.length },
      identities: notes
        .slice(0, namedAtMost)
        .map(({ key, value }) => (value === undefined ? key : `${key} (${value})`)),
    }))
    const changes = 'changes' in result ? result.changes : []
    return { result: { ...result, skipped }, changes: changes.map((change) => shown(input.group, change)) }
  })
}

function shown(base: string, change: StructureChange): PreviewedChange {
  const action = ({ add: 'make', change: 'alter', remove: 'remove' } as const)[change.kind]
  const from = change.kind === 'change' && change.from !== change.path ? { from: `${base}:${change.from}` } : {}
  return { action, user: null, group: `${base}:${change.path}`, expires: null, ...from }
}

async function inVain<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const tx = await pool.connect()
  let isBroken = false
  try {
    await tx.query('begin')
    return await work(tx)
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
