import type { DeliveryState } from '../../core/model/answers.ts'
import type { DeliveryFilter } from '../deliveries.ts'
import type { Db } from '../pool.ts'
import { nameThen } from './find-set.ts'
import { momentOf, standingOf, type Then } from './standing.ts'

/** What a destination had of a service at a moment. */
export interface PastDelivery {
  readonly facility: string
  readonly service: string
  readonly destination: string
  readonly state: DeliveryState
  /** The newest snapshot's then; null where it is not known any more. */
  readonly generation: number | null
  /** The last one delivered by then; null where none was. */
  readonly delivered: number | null
  readonly hash: string | null
  /** When it was delivered. */
  readonly at: string | null
  /** Since when it failed. */
  readonly since: string | null
  readonly error: string | null
}

interface PastRow extends Omit<PastDelivery, 'at' | 'since'> {
  readonly at: Date | null
  readonly since: Date | null
}

/** Lists what had been delivered where at a moment, or at the end of a day of the instance; places that are gone too. A facility or service goes by its name of then, and by that of now. */
export async function listPastDeliveries(
  db: Db,
  { asOf, askedAt, ...filter }: DeliveryFilter & Pick<Then, 'asOf' | 'askedAt'>,
): Promise<PastDelivery[]> {
  const moment = await momentOf(db, { asOf, askedAt })
  const named = async (kind: 'Facility' | 'Service', name: string | undefined) =>
    name === undefined ? null : nameThen(db, standingOf(moment), { kind, name })
  const [facility, service] = [await named('Facility', filter.facility), await named('Service', filter.service)]
  const { rows } = await db.query<PastRow>(
    `with asked as (
       select $5::timestamptz as moment
     ), place as (
       select distinct e.facility, e.service, e.destination from delivery_event e, asked
       where ($1::text is null or e.facility = $1) and ($2::text is null or e.service = $2)
         and ($3::text is null or e.destination = $3) and e.at <= asked.moment
     ), made as (
       select facility, service, generation, made_at from snapshot
       union all
       select facility, service, generation, made_at from snapshot_past
     ), line as (
       select place.*, newest.generation, good.generation as delivered, good.hash, good.at,
         bad.at as since, bad.error,
         case when bad.at is not null then 'failing'
           when newest.generation > good.generation then 'pending' else 'delivered' end as state
       from place cross join asked
       left join lateral (
         select e.generation, e.hash, e.at, e.id from delivery_event e
         where (e.facility, e.service, e.destination) = (place.facility, place.service, place.destination)
           and e.at <= asked.moment and e.error is null
         order by e.at desc, e.id desc limit 1
       ) good on true
       left join lateral (
         select e.at, e.error from delivery_event e
         where (e.facility, e.service, e.destination) = (place.facility, place.service, place.destination)
           and e.at <= asked.moment and e.error is not null and (good.id is null or (e.at, e.id) > (good.at, good.id))
         order by e.at, e.id limit 1
       ) bad on true
       left join lateral (
         select max(m.generation) as generation from made m
         where (m.facility, m.service) = (place.facility, place.service) and m.made_at <= asked.moment
       ) newest on true
     )
     select facility, service, destination, state, generation, delivered, hash, at, since, error
     from line where $4::text is null or state = $4 order by facility, service, destination`,
    [facility, service, filter.destination ?? null, filter.state ?? null, moment],
  )
  return rows.map(({ at, since, ...line }) => ({
    ...line,
    at: at?.toISOString() ?? null,
    since: since?.toISOString() ?? null,
  }))
}
