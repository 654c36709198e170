import type { Plan } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'

interface Offers {
  readonly resources: readonly number[]
  readonly facilities: readonly number[]
  readonly offers: Plan['offers']
  readonly at: Date
}

/** Notes which of the written resources, and of those on written facilities, lie within their offer, and which levels that asks for; returns where that changed. */
export async function settleOffers(tx: Tx, { resources, facilities, offers, at }: Offers): Promise<number[]> {
  if (offers.length === 0 || resources.length + facilities.length === 0) return []
  const { rows } = await tx.query<{ id: number }>(
    `with old as materialized (
       select r.id, r.within_offer, r.accepts, r.offer_since, x."isWithin", x.loa
       from json_to_recordset($3::json) as x(vo text, name text, "isWithin" boolean, loa smallint[])
       join vo on vo.name = x.vo
       join resource r on r.vo_id = vo.id and r.name = x.name
       where (r.within_offer, r.accepts) is distinct from (x."isWithin", x.loa) and (r.id = any($1) or r.facility_id = any($2))
     ), past as (
       insert into offer_past (resource_id, within_offer, accepts, began, ended)
       select id, within_offer, accepts, coalesce(offer_since, '-infinity'), $4 from old where coalesce(offer_since, '-infinity') < $4
     )
     update resource r set within_offer = old."isWithin", accepts = old.loa, offer_since = $4
     from old where r.id = old.id
     returning r.id`,
    [resources, facilities, JSON.stringify(offers), at],
  )
  return rows.map(({ id }) => id)
}
