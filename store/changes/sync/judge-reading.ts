import { readLimitsOf, type InstanceGuard } from '../../../core/config/guard.ts'
import type { SourceGuard } from '../../../schemas/generated/config.ts'
import type { GuardReason } from '../../../core/model/plan.ts'
import { judgeRead } from '../../../core/plan/judge-read.ts'
import type { Tx } from '../../pool.ts'
import { countExchanged } from './count-exchanged.ts'
import type { SyncedSet } from './find-set.ts'
import type { SaidAttributes } from './said-attributes.ts'
import type { Staged } from './stage-subjects.ts'

/** Lists why what was read must wait for approval, beside the last read that was let through and what it said of people. */
export async function judgeReading(
  tx: Tx,
  set: SyncedSet,
  { staged: { subjects: named, lacking }, said }: { readonly staged: Staged; readonly said: SaidAttributes },
): Promise<GuardReason[]> {
  const { sync, source, vo, group, base, mayBeEmpty } = set
  const { rows } = await tx.query<ReadingRow>(
    `select (select spec->'guard' from instance limit 1) as instance,
       (select spec->'guard' from source where name = $5) as own,
       (select subjects from sync_run where sync_id = $1 and outcome in ('changed', 'unchanged') order by id desc limit 1) as named_before,
       case when $2 = 0 then (
         select count(distinct person_id)::integer from membership
         where vo_id = $3 and ($6 or group_id is not distinct from $4) and origin = 'sync' and origin_name = $5) else 0 end as held`,
    [sync, named, vo.id, group?.id ?? null, source, base !== undefined],
  )
  const exchanged = await countExchanged(tx, set, said)
  const place = group === undefined ? `vo ${vo.name}` : `group ${vo.name}/${group.name}`
  return rows.flatMap(({ instance, own, named_before: before, held }) => {
    const numbers = { source, place, named, namedBefore: before ?? undefined, held, mayBeEmpty, lacking, exchanged }
    return judgeRead(numbers, readLimitsOf(instance ?? {}, { vo: vo.name, source }, own ?? undefined))
  })
}

interface ReadingRow {
  readonly instance: InstanceGuard | null
  readonly own: SourceGuard | null
  readonly named_before: number | null
  readonly held: number
}
