import type { Plan } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'

interface Offers {
  readonly resources: readonly number[]
  readonly facilities: readonly number[]
  readonly offers: Plan['offers']
}

/** Notes which of the written resources, and of those on written facilities, lie within their offer, and which levels that asks for; returns where that changed. */
export async function settleOffers(tx: Tx, { resources, facilities, offers }: Offers): Promise<number[]> {
  if (offers.length === 0 || resources.length + facilities.length === 0) return []
  const { rows } = await tx.query<{ id: number }>(
    `update resource r set within_offer = x."isWithin", accepts = x.loa
     from json_to_recordset($3::json) as x(vo text, name text, "isWithin" boolean, loa smallint[])
     join vo on vo.name = x.vo
     where r.vo_id = vo.id and r.name = x.name and (r.within_offer, r.accepts) is distinct from (x."isWithin", x.loa)
       and (r.id = any($1) or r.facility_id = any($2))
     returning r.id`,
    [resources, facilities, JSON.stringify(offers)],
  )
  return rows.map(({ id }) => id)
}
