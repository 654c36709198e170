import type { DocumentChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'

/** Has bans looked at again whose VO or facility has another name now, or whose resource lies on another facility. */
export async function wakeBans(tx: Tx, documents: readonly DocumentChange[]): Promise<void> {
  const ids = (wanted: DocumentChange['kind'], isOther: (change: DocumentChange) => boolean) =>
    documents.flatMap((change) =>
      change.kind === wanted && change.have !== undefined && isOther(change) ? [change.have.id] : [],
    )
  const vos = ids('VO', isRenamed)
  const facilities = ids('Facility', isRenamed)
  const resources = ids('Resource', ({ fields }) => fields.includes('facility'))
  if (vos.length + facilities.length + resources.length === 0) return
  await tx.query(
    `insert into ban_wake (ban_id)
     select b.id from ban b left join resource r on r.id = b.resource_id
     where b.ends_at is not null
       and (coalesce(b.vo_id, r.vo_id) = any($1) or coalesce(b.facility_id, r.facility_id) = any($2) or r.id = any($3))`,
    [vos, facilities, resources],
  )
}

function isRenamed({ have, want }: DocumentChange): boolean {
  return want !== undefined && have?.name !== want.name
}
