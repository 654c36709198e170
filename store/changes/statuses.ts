import type { Tx } from '../pool.ts'
import type { Trail } from './trail.ts'
import { recordSelected } from './trail.ts'

/** Whose status may have changed. */
export interface StatusScope {
  /** VOs of which the INVALID members (new ones too) are looked at. */
  readonly vos: readonly number[] | 'all'
  /** True where a VO's own requirements or the definition of an attribute changed: VALID members are looked at as well. */
  readonly alsoValid: boolean
  /** Persons whose attribute values changed: looked at in every VO. */
  readonly persons: readonly number[]
}

/**
 * Sets VALID and INVALID by what is missing. A VALID member falls only by the VO's own requirements; whoever is
 * INVALID must also have what the services on the way require. Returns the persons whose status changed.
 */
export async function settleStatuses(tx: Tx, trail: Trail, scope: StatusScope): Promise<number[]> {
  const { rows } = await tx.query<{ vo_id: number; person_id: number; before: string; status: string }>(
    `with looked as materialized (
       select mb.vo_id, mb.person_id, mb.status
       from member mb
       where mb.status in ('VALID', 'INVALID') and (
         (($1::integer[] is null or mb.vo_id = any($1)) and (mb.status = 'INVALID' or $2)) or mb.person_id = any($3))
     ), lacking as (
       select l.vo_id, l.person_id
       from looked l join vo_requirement q on q.vo_id = l.vo_id
       where ${lacks('0')}
       union
       select l.vo_id, l.person_id
       from looked l
       join reach on reach.vo_id = l.vo_id and reach.person_id = l.person_id and reach.status = 'VALID'
       join service_requirement q on q.resource_id = reach.resource_id
       where l.status = 'INVALID' and ${lacks('q.facility_id')}
     ), judged as (
       select l.*, (case when k.vo_id is null then 'VALID' else 'INVALID' end)::status as becomes
       from looked l left join lacking k on (k.vo_id, k.person_id) = (l.vo_id, l.person_id)
     ), changed as (
       update member mb set status = j.becomes, since = $4
       from judged j, member old
       where (mb.vo_id, mb.person_id) = (j.vo_id, j.person_id) and (old.vo_id, old.person_id) = (j.vo_id, j.person_id)
         and j.becomes <> j.status
       returning mb.vo_id, mb.person_id, mb.status, j.status as before, old.since as began
     ), past as (
       insert into member_past (vo_id, person_id, status, began, ended)
       select vo_id, person_id, before, began, $4 from changed where began < $4
     )
     select vo_id, person_id, before, status from changed`,
    [scope.vos === 'all' ? null : scope.vos, scope.alsoValid, scope.persons, trail.at],
  )
  if (rows.length > 0) await recordStatuses(tx, trail, rows)
  return rows.map(({ person_id }) => person_id)
}

function lacks(facility: string): string {
  return `not exists (
    select 1 from attribute_value v
    where v.attribute = q.attribute and v.subject = l.person_id
      and v.object = case q.holder when 'member' then l.vo_id when 'user-facility' then ${facility} else 0 end)`
}

async function recordStatuses(tx: Tx, trail: Trail, rows: readonly object[]): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select 'status' as action, 'Membership' as kind, vo.name as vo, vo.name as name,
        jsonb_build_object('user', p.identities[1], 'before', x.before, 'after', x.status) as personal
      from json_to_recordset($5::json) as x(vo_id integer, person_id integer, before text, status text)
      join vo on vo.id = x.vo_id join person p on p.id = x.person_id
      order by vo.name, p.identities[1]`,
    parameters: [JSON.stringify(rows)],
  })
}
