import type { Tx } from '../../pool.ts'
import type { FacilityService } from '../outbox.ts'
import type { ValueKey } from './read-held.ts'

/**
 * Lists the services whose files show these values of people: those the people reach, which asked for the attribute at their
 * newest snapshot, or never had one.
 */
export async function servicesShowing(tx: Tx, values: readonly ValueKey[]): Promise<FacilityService[]> {
  if (values.length === 0) return []
  const { rows } = await tx.query<FacilityService>(
    `select distinct r.facility_id as facility, rs.service_id as service
     from unnest($1::text[], $2::integer[], $3::integer[]) as x(attribute, subject, object)
     join reach on reach.person_id = x.subject
     join resource r on r.id = reach.resource_id
     join resource_service rs on rs.resource_id = r.id
     join facility_service fs on (fs.facility_id, fs.service_id) = (r.facility_id, rs.service_id)
     join facility f on f.id = r.facility_id
     join service s on s.id = rs.service_id
     left join snapshot_head head on (head.facility, head.service) = (f.name, s.name)
     where coalesce(x.attribute = any(head.needs), true)
       and case split_part(x.attribute, '.', 1)
         when 'user' then true
         when 'member' then x.object = reach.vo_id
         when 'user-facility' then x.object = r.facility_id
         when 'member-resource' then x.object = r.id
         when 'member-group' then x.object = reach.group_id
         else false end`,
    [
      ...[values.map(({ attribute }) => attribute), values.map(({ subject }) => subject)],
      values.map(({ object }) => object),
    ],
  )
  return rows
}
