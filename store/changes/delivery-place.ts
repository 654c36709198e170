import { GuildhallError } from '../../core/errors.ts'
import { whatThereIs } from '../../core/model/nearest.ts'
import type { BlockPlace } from '../delivery-blocks.ts'
import type { Tx } from '../pool.ts'
import { notInForce } from '../queries/not-in-force.ts'
import { requireKnown } from '../queries/require-known.ts'

/** A facility with a service and a destination of it, or a person; what is null is all of it. */
export interface PlaceIds {
  readonly facility: number | null
  readonly service: number | null
  /** By name. */
  readonly destination: string | null
  readonly person: number | null
}

/** What an audit event is called: `hpc/passwd/login1`, with `*` for what stands for all. */
export function deliveryPlaceName(place: {
  readonly facility?: string | null
  readonly service?: string | null
  readonly destination?: string | null
}): string {
  const { facility, service, destination } = place
  const names = [facility ?? '*', service ?? '*', destination ?? '*']
  return names.join('/').replace(/([/][*])+$/, '')
}

/** Looks up what is named. Whoever mistypes a name would believe it done: throws OBJECT_UNKNOWN, IDENTITY_UNKNOWN. */
export async function idsOfPlace(tx: Tx, place: BlockPlace, tried: string): Promise<PlaceIds> {
  const { facility, service, destination = null, user } = place
  const person = user === undefined ? null : await personOf(tx, user, tried)
  if (facility === undefined) return { facility: null, service: null, destination: null, person }
  const found = await findFacility(tx, { name: facility, service })
  if (found === undefined) throw await notInForce(tx, tried, { kind: 'facility', name: facility })
  requireThere(found, place, tried)
  return { facility: found.id, service: found.services[service ?? ''] ?? null, destination, person }
}

function requireThere({ services, destinations }: FoundFacility, place: BlockPlace, tried: string): void {
  const { facility, service, destination } = place
  const known = Object.keys(services)
  if (service !== undefined && !known.includes(service)) {
    const what = `service "${service}": facility "${facility ?? ''}" does not have it`
    throw unknown(tried, `${what}${whatThereIs(service, known)}`)
  }
  if (destination === undefined || destinations.includes(destination)) return
  const whose = `${service === undefined ? '' : `service "${service}" at `}facility "${facility ?? ''}"`
  const what = `destination "${destination}": ${whose} has none of this name`
  throw unknown(tried, `${what}${whatThereIs(destination, destinations)}`)
}

interface FoundFacility {
  readonly id: number
  readonly services: Readonly<Record<string, number>>
  /** Those that take the service, where one is named. */
  readonly destinations: readonly string[]
}

async function findFacility(
  tx: Tx,
  { name, service = null }: { readonly name: string; readonly service: string | null | undefined },
): Promise<FoundFacility | undefined> {
  const { rows } = await tx.query<FoundFacility>(
    `select f.id,
       coalesce((select json_object_agg(s.name, s.id) from facility_service fs join service s on s.id = fs.service_id
         where fs.facility_id = f.id), '{}') as services,
       array(
         select d.name from destination d where d.facility_id = f.id and ($2::text is null or $2 = any(d.services))
         union
         -- What is blocked can be let go also when it is declared no longer.
         select b.destination from delivery_block b where b.facility_id = f.id and b.destination is not null
         order by 1) as destinations
     from facility f where f.name = $1`,
    [name, service],
  )
  return rows[0]
}

async function personOf(tx: Tx, user: string, tried: string): Promise<number> {
  await requireKnown(tx, tried, user)
  const { rows } = await tx.query<{ person: number }>('select person_id as person from identity where ref = $1', [user])
  return rows[0]?.person ?? 0
}

function unknown(tried: string, what: string): GuildhallError {
  return new GuildhallError('OBJECT_UNKNOWN', `Cannot ${tried} ${what}`)
}
