import type { Tx } from '../pool.ts'

/** Derives hosts, owners, offers, services and destinations of facilities from their documents. */
export async function writeFacilityParts(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  for (const statement of replaced) await tx.query(statement, [ids])
  for (const statement of differences) await tx.query(statement, [ids])
}

/** Nothing refers to these rows, so they are written anew. */
const replaced = [
  'delete from facility_owner where facility_id = any($1)',
  `insert into facility_owner (facility_id, position, name, email, type)
   select f.id, o.position, o.value->>'name', o.value->>'email', o.value->>'type'
   from facility f, jsonb_array_elements(coalesce(f.spec->'owners', '[]')) with ordinality as o(value, position)
   where f.id = any($1)`,
  'delete from offer where facility_id = any($1)',
  `insert into offer (facility_id, name, vo, services, max_members, attributes)
   select f.id, o->>'name', o->>'vo',
     case when o ? 'services' then array(select jsonb_array_elements_text(o->'services')) end,
     (o->>'maxMembers')::integer, coalesce(o->'attributes', '{}')
   from facility f, jsonb_array_elements(coalesce(f.spec->'offers', '[]')) as o
   where f.id = any($1)`,
]

const differences = [
  `delete from attribute_value v using facility_host h, facility f
   where v.attribute like 'host.%' and v.subject = h.id and f.id = h.facility_id and f.id = any($1)
     and not exists (select 1 from jsonb_array_elements(coalesce(f.spec->'hosts', '[]')) as n where n->>'name' = h.name)`,
  `delete from facility_host h using facility f
   where f.id = h.facility_id and f.id = any($1)
     and not exists (select 1 from jsonb_array_elements(coalesce(f.spec->'hosts', '[]')) as n where n->>'name' = h.name)`,
  `insert into facility_host (facility_id, name)
   select distinct f.id, h->>'name' from facility f, jsonb_array_elements(coalesce(f.spec->'hosts', '[]')) as h
   where f.id = any($1)
   on conflict do nothing`,
  `with wanted as materialized (
     select f.id as facility_id, s.id as service_id, coalesce(n.value->'options', '{}') as options
     from facility f, jsonb_each(coalesce(f.spec->'services', '{}')) as n
     join service s on s.name = n.key
     where f.id = any($1)
   ), gone as (
     delete from facility_service fs
     where fs.facility_id = any($1)
       and (fs.facility_id, fs.service_id) not in (select facility_id, service_id from wanted)
   )
   insert into facility_service (facility_id, service_id, options) select facility_id, service_id, options from wanted
   on conflict (facility_id, service_id) do update set options = excluded.options`,
  `delete from destination d using facility f
   where f.id = d.facility_id and f.id = any($1)
     and not exists (select 1 from jsonb_array_elements(coalesce(f.spec->'destinations', '[]')) as n where n->>'name' = d.name)`,
  // What was delivered to the old place says nothing about the new one.
  `delete from delivery where destination_id in (
     select d.id from destination d
     join facility f on f.id = d.facility_id
     cross join lateral jsonb_array_elements(coalesce(f.spec->'destinations', '[]')) as n
     where f.id = any($1) and n->>'name' = d.name
       and (d.type, d.options) is distinct from (n->>'type', coalesce(n->'options', '{}')))`,
  `insert into destination (facility_id, name, type, options, services)
   select f.id, n->>'name', n->>'type', coalesce(n->'options', '{}'), array(select jsonb_array_elements_text(n->'services'))
   from facility f, jsonb_array_elements(coalesce(f.spec->'destinations', '[]')) as n
   where f.id = any($1)
   on conflict (facility_id, name) do update
   set type = excluded.type, options = excluded.options, services = excluded.services`,
  `delete from delivery y using destination d, service s
   where d.id = y.destination_id and s.id = y.service_id and d.facility_id = any($1) and s.name <> all(d.services)`,
]
