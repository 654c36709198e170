import { isOfKind } from '../../../core/expressions/derived.ts'
import type { Tx } from '../../pool.ts'
import { readDerived } from './read-derived.ts'

/** Things whose values, or what leads people to them, may be others. */
export interface ChangedThings {
  readonly vos?: readonly number[]
  readonly groups: readonly number[]
  readonly resources?: readonly number[]
  readonly facilities?: readonly number[]
}

/**
 * Lists who has derived values that may hang on these things: who is in a group, or reaches a resource; asked before things go and
 * after things come. Nobody where no attribute of a pair is derived.
 */
export async function peopleOfPairs(
  tx: Tx,
  { vos = [], groups, resources = [], facilities = [] }: ChangedThings,
): Promise<number[]> {
  if (vos.length + groups.length + resources.length + facilities.length === 0) return []
  const { order } = await readDerived(tx)
  if (!order.some(({ name, holder }) => holder !== 'identity' && isOfKind(name, 'pairs'))) return []
  const { rows } = await tx.query<{ person_id: number }>(
    `with named as materialized (select id, vo_id, is_members from groups where id = any($2) or vo_id = any($1))
     select m.person_id from named g join closure c on c.above = g.id join membership m on m.group_id = c.below
     union
     select mb.person_id from named g join member mb on mb.vo_id = g.vo_id where g.is_members
     union
     select w.person_id from resource r join reach w on w.resource_id = r.id
     where r.id = any($3) or r.facility_id = any($4) or r.vo_id = any($1)`,
    [vos, groups, resources, facilities],
  )
  return rows.map(({ person_id }) => person_id)
}
