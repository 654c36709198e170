import { windowStart } from '../../../core/config/guard-window.ts'
import type { Tx } from '../../pool.ts'

/** For how long no record may name a group before it goes. */
export interface StructureAbsence {
  /** In so many complete reads in a row. */
  readonly runs: number
  /** And for so long, ISO 8601. */
  readonly for?: string | undefined
}

interface Absences {
  readonly base: number
  /** Keys that no record names. */
  readonly missing: readonly string[]
  readonly absent: StructureAbsence
  readonly now: Date
}

/** Counts in how many complete reads groups were missing; returns the keys of those that stay for now. */
export async function countSourcedAbsences(tx: Tx, { base, missing, absent, now }: Absences): Promise<Set<string>> {
  await tx.query(
    `delete from sourced_absence a using sourced_group s
     where s.group_id = a.group_id and s.base_id = $1 and s.key <> all($2)`,
    [base, missing],
  )
  if (missing.length === 0 || (absent.runs <= 1 && absent.for === undefined)) return new Set()
  const since = absent.for === undefined ? now : windowStart(absent.for, now.getTime())
  const { rows } = await tx.query<{ key: string }>(
    `with counted as (
       insert into sourced_absence as a (group_id, runs, since)
       select s.group_id, 1, $3 from sourced_group s where s.base_id = $1 and s.key = any($2)
       on conflict (group_id) do update set runs = least(a.runs + 1, 30000)
       returning group_id, runs, since
     )
     select s.key from counted c join sourced_group s on s.group_id = c.group_id where c.runs < $4 or c.since > $5`,
    [base, missing, now, absent.runs, since],
  )
  return new Set(rows.map(({ key }) => key))
}
