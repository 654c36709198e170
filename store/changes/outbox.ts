import type { Tx } from '../pool.ts'
import { accountsOfOwners } from './accounts/accounts-of-owners.ts'

/** What a transaction touches, as far as facilities can see it. */
export interface Touched {
  readonly groups: readonly number[]
  readonly resources: readonly number[]
  readonly facilities: readonly number[]
  readonly persons: readonly number[]
}

/** A service of a facility. */
export interface FacilityService {
  readonly facility: number
  readonly service: number
}

/** Lists the services that show something of what is touched; asked before things go and after things come. */
export async function servicesTouched(tx: Tx, touched: Touched): Promise<FacilityService[]> {
  const { groups, resources, facilities, persons } = touched
  if (groups.length + resources.length + facilities.length + persons.length === 0) return []
  // Files name the owners of an account beside it.
  const accounts = persons.length === 0 ? [] : await accountsOfOwners(tx, persons)
  const { rows } = await tx.query<FacilityService>(
    `with hit as materialized (
       select unnest($2::integer[]) as id
       union
       select rg.resource_id from resource_group rg join closure c on c.above = rg.group_id where c.below = any($1)
       union
       select rg.resource_id
       from resource_group rg
       join closure c on c.above = rg.group_id
       join membership m on m.group_id = c.below
       where m.person_id = any($4)
       union
       select rg.resource_id
       from resource_group rg
       join groups g on g.id = rg.group_id and g.is_members
       join member mb on mb.vo_id = g.vo_id
       where mb.person_id = any($4)
     )
     select r.facility_id as facility, rs.service_id as service
     from hit join resource r on r.id = hit.id join resource_service rs on rs.resource_id = r.id
     join facility_service fs on (fs.facility_id, fs.service_id) = (r.facility_id, rs.service_id)
     union
     select facility_id, service_id from facility_service where facility_id = any($3)`,
    [groups, resources, facilities, [...persons, ...accounts]],
  )
  return rows
}

/** Tells the clocks of VOs, by name, that what is due next may be another; also those whose sponsors are groups of these. */
export async function wakeClocks(tx: Tx, vos: readonly string[]): Promise<void> {
  if (vos.length > 0) await wake(tx, `select unnest($1::text[]) union ${followers}`, vos)
}

/** Tells the clocks of VOs whose sponsors are groups of these. */
export async function wakeFollowers(tx: Tx, vos: readonly string[]): Promise<void> {
  if (vos.length > 0) await wake(tx, followers, vos)
}

const followers = `select vo.name from vo
  cross join lateral jsonb_array_elements(vo.spec->'sponsors') s(holder)
  where case when s.holder->>'group' like '%/%' then split_part(s.holder->>'group', '/', 1) = any($1)
    else s.holder ? 'group' and vo.name = any($1) end`

async function wake(tx: Tx, which: string, vos: readonly string[]): Promise<void> {
  await tx.query(
    `with written as (insert into clock_wake (vo) select distinct name from (${which}) named(name) returning 1)
     select pg_notify('guildhall_outbox', '') from written limit 1`,
    [vos],
  )
}

/** Tells the relay; the notification is a hint that comes with the commit. */
export async function writeOutbox(
  tx: Tx,
  {
    services,
    priority,
    at,
  }: { readonly services: readonly FacilityService[]; readonly priority: number; readonly at: Date },
): Promise<void> {
  if (services.length === 0) return
  await tx.query(
    `with written as (
       insert into outbox (facility_id, service_id, priority, at)
       select distinct x.facility, x.service, $2::smallint, $3::timestamptz
       from json_to_recordset($1::json) as x(facility integer, service integer)
       returning 1
     )
     select pg_notify('guildhall_outbox', '') from written limit 1`,
    [JSON.stringify(services), priority, at],
  )
}
