import type { Tx } from '../pool.ts'
import type { TouchedRow } from './rows.ts'
import type { Trail } from './trail.ts'
import { recordSelected } from './trail.ts'

/** Whose status may have changed. */
export interface StatusScope {
  /** VOs of which the INVALID members are looked at. */
  readonly vos: readonly number[] | 'all'
  /** True where a VO's own requirements or the definition of an attribute changed: VALID members are looked at as well. */
  readonly alsoValid: boolean
  /** Persons whose attribute values changed: looked at in every VO. */
  readonly persons: readonly number[]
  /** Rows that may make somebody a member. */
  readonly rows: readonly TouchedRow[]
}

/** Arrays as PostgreSQL writes them: they go back as they came, and it knows how long they are. */
interface Looked {
  readonly vos: string
  readonly persons: string
  readonly statuses: string
  readonly fresh: string
}

/**
 * Makes members of those whom a row of git, a sync, a rule, or a VO's own row holds, and sets VALID and INVALID by what
 * is missing. A VALID member falls only by the VO's own requirements; whoever is new or INVALID must also have what the
 * services on the way require. Returns the persons whose status changed, or who are INVALID from the start.
 */
export async function settleStatuses(tx: Tx, trail: Trail, scope: StatusScope): Promise<number[]> {
  const looked = await lookedAt(tx, scope)
  if (looked === undefined) return []
  const { rows } = await tx.query<{ vos: string; persons: string; befores: string; statuses: string; ids: number[] }>(
    `with looked as materialized (
       select vo_id, person_id, status, fresh
       from unnest($1::integer[], $2::integer[], $3::status[], $4::boolean[]) as l(vo_id, person_id, status, fresh)
     ), way as (${waysOfNew}
     ), lacking as (
       select l.vo_id, l.person_id from looked l join vo_requirement q on q.vo_id = l.vo_id where ${lacks('0')}
       union
       select l.vo_id, l.person_id
       from way l join service_requirement q on q.resource_id = l.resource_id where ${lacks('q.facility_id')}
     ), judged as materialized (
       select l.*, (case when k.vo_id is null then 'VALID' else 'INVALID' end)::status as becomes
       from looked l left join lacking k on (k.vo_id, k.person_id) = (l.vo_id, l.person_id)
     ), started as (
       insert into member (vo_id, person_id, status, since) select vo_id, person_id, becomes, $5 from judged where fresh
     ), changed as (
       update member mb set status = j.becomes, since = $5
       from judged j, member old
       where (mb.vo_id, mb.person_id) = (j.vo_id, j.person_id) and (old.vo_id, old.person_id) = (j.vo_id, j.person_id)
         and j.becomes <> j.status and not j.fresh
       returning mb.vo_id, mb.person_id, mb.status, j.status as before, old.since as began
     ), past as (
       insert into member_past (vo_id, person_id, status, began, ended)
       select vo_id, person_id, before, began, $5 from changed where began < $5
     ), told as (
       select vo_id, person_id, before, status from changed
       union all
       select vo_id, person_id, null, becomes from judged where fresh and becomes = 'INVALID'
     )
     select array_agg(vo_id)::text as vos, array_agg(person_id)::text as persons, array_agg(before)::text as befores,
       array_agg(status)::text as statuses, array_agg(person_id) as ids
     from told having count(*) > 0`,
    [looked.vos, looked.persons, looked.statuses, looked.fresh, trail.at],
  )
  const told = rows[0]
  if (told === undefined) return []
  await recordStatuses(tx, trail, [told.vos, told.persons, told.befores, told.statuses])
  return told.ids
}

/** The resources that those who are not VALID reach: also through a VO's group `members`, of which they are about to be. */
const waysOfNew = `
  select l.vo_id, l.person_id, rg.resource_id
  from looked l
  join membership m on m.vo_id = l.vo_id and m.person_id = l.person_id and m.status = 'VALID'
  join closure c on c.below = m.group_id
  join resource_group rg on rg.group_id = c.above
  where l.status = 'INVALID'
  union
  select l.vo_id, l.person_id, rg.resource_id
  from looked l
  join groups g on g.vo_id = l.vo_id and g.is_members
  join resource_group rg on rg.group_id = g.id
  where l.status = 'INVALID'`

function lacks(facility: string): string {
  return `not exists (
    select 1 from attribute_value v
    where v.attribute = q.attribute and v.subject = l.person_id
      and v.object = case q.holder when 'member' then l.vo_id when 'user-facility' then ${facility} else 0 end)`
}

/** Undefined where there is nobody to look at, as with most changes. */
async function lookedAt(tx: Tx, { vos, alsoValid, persons, rows }: StatusScope): Promise<Looked | undefined> {
  const { rows: found } = await tx.query<Looked>(
    `with known as (
       select vo_id, person_id, status from member
       where status ${alsoValid ? "in ('VALID', 'INVALID')" : "= 'INVALID'"} and ${vos === 'all' ? '$1::integer[] is null' : 'vo_id = any($1)'}
       union
       select vo_id, person_id, status from member where person_id = any($2) and status in ('VALID', 'INVALID')
     ), held as (
       select distinct t.vo_id, t.person_id
       from unnest($3::integer[], $4::integer[]) as t(vo_id, person_id)
       join membership m on (m.vo_id, m.person_id) = (t.vo_id, t.person_id)
         and (m.group_id is null or m.origin in ('config', 'sync', 'rule'))
       where not exists (select 1 from member o where (o.vo_id, o.person_id) = (t.vo_id, t.person_id))
     ), looked as (
       select vo_id, person_id, status, false as fresh from known
       union all
       select vo_id, person_id, 'INVALID', true from held
     )
     select array_agg(vo_id)::text as vos, array_agg(person_id)::text as persons, array_agg(status)::text as statuses,
       array_agg(fresh)::text as fresh
     from looked having count(*) > 0`,
    [vos === 'all' ? null : vos, persons, rows.map(({ vo }) => vo), rows.map(({ person }) => person)],
  )
  return found[0]
}

async function recordStatuses(tx: Tx, trail: Trail, parameters: readonly string[]): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select 'status' as action, 'Membership' as kind, vo.name as vo, vo.name as name,
        jsonb_build_object('user', p.identities[1], 'before', x.before, 'after', x.status) as personal
      from unnest($5::integer[], $6::integer[], $7::status[], $8::status[]) as x(vo_id, person_id, before, status)
      join vo on vo.id = x.vo_id join person p on p.id = x.person_id
      order by vo.name, p.identities[1]`,
    parameters,
  })
}
