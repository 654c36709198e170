import type { DeliveryState } from '../../core/model/answers.ts'
import { deliveryLines } from '../deliveries.ts'
import type { Tx } from '../pool.ts'
import { deliveryPlaceName, idsOfPlace } from './delivery-place.ts'
import { writeOutbox, type FacilityService } from './outbox.ts'
import { recordEvent, type Cause } from './trail.ts'

/** What to deliver again though it is there already, and how urgent that is. */
export interface AgainInput {
  readonly place: { readonly facility?: string; readonly service?: string; readonly destination?: string }
  /** `force` goes before what nobody waits for, `resend` after it. */
  readonly kind: 'force' | 'resend'
  readonly cause: Cause
  readonly now: Date
}

/** A delivery that goes out again, or one that is blocked and does not. */
export interface AgainAnswer {
  readonly facility: string
  readonly service: string
  readonly destination: string
  readonly again: boolean
}

const priorities = { force: 2, resend: 5 } as const

/** Has deliveries made again, in the caller's transaction, but those that are blocked. Throws OBJECT_UNKNOWN. */
export async function deliverAgain(tx: Tx, { place, kind, cause, now }: AgainInput): Promise<AgainAnswer[]> {
  const { facility = null, service = null, destination = null } = place
  await idsOfPlace(tx, place, kind)
  const { rows } = await tx.query<Omit<AgainAnswer, 'again'> & { readonly state: DeliveryState }>(
    `select facility, service, destination, state from (${deliveryLines}) line
     where ($1::text is null or facility = $1) and ($2::text is null or service = $2)
       and ($3::text is null or destination = $3)
     order by facility, service, destination`,
    [facility, service, destination],
  )
  const answers = rows.map(({ state, ...line }) => ({ ...line, again: state !== 'blocked' && state !== 'paused' }))
  const chosen = answers.filter(({ again }) => again)
  const services = await mark(tx, chosen, now)
  if (chosen.length === 0) return answers
  await recordEvent(
    tx,
    { cause, at: now },
    { action: kind, kind: 'Delivery', name: deliveryPlaceName(place), personal: { deliveries: chosen.length } },
  )
  await writeOutbox(tx, { services, priority: priorities[kind], at: now })
  return answers
}

/** What never arrived anywhere goes out anyway. */
async function mark(tx: Tx, chosen: readonly Omit<AgainAnswer, 'again'>[], now: Date): Promise<FacilityService[]> {
  const { rows } = await tx.query<FacilityService>(
    `with named as (
       select f.id as facility, s.id as service, d.id as destination
       from json_to_recordset($1::json) as x(facility text, service text, destination text)
       join facility f on f.name = x.facility
       join service s on s.name = x.service
       join destination d on d.facility_id = f.id and d.name = x.destination
     ), marked as (
       update delivery y set again_at = $2 from named
       where (y.destination_id, y.service_id) = (named.destination, named.service)
     )
     select distinct facility, service from named`,
    [JSON.stringify(chosen), now],
  )
  return rows
}

/**
 * Has deliveries made again that were last made as long ago as their services say, in the caller's transaction; the oldest first, and
 * at most so many. Each is due some time in the last quarter of that time, so that what arrived together does not go out together for ever.
 */
export async function resendOld(
  tx: Tx,
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<number> {
  const { rows } = await tx.query<FacilityService & { readonly count: number }>(
    `with old as (
       select y.destination_id, y.service_id, d.facility_id
       from service s
       join delivery y on y.service_id = s.id
       join destination d on d.id = y.destination_id
       where s.spec ? 'resend' and y.again_at is null and y.failures = 0
         and y.delivered_at <= $1::timestamptz - (s.spec->>'resend')::interval * (1 - ${spread})
       order by y.delivered_at limit $2 for update of y skip locked
     ), marked as (
       update delivery y set again_at = $1 from old
       where (y.destination_id, y.service_id) = (old.destination_id, old.service_id)
     )
     select facility_id as facility, service_id as service, count(*)::integer as count from old group by 1, 2`,
    [now, limit],
  )
  await writeOutbox(tx, { services: rows, priority: priorities.resend, at: now })
  return rows.reduce((sum, { count }) => sum + count, 0)
}

/** From 0 up to a quarter, always the same of a service at a destination. */
const spread = `(abs(hashtext(y.destination_id || '/' || y.service_id)::bigint) % 1000) / 4000.0`
