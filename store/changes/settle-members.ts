import { isHolding } from '../is-holding.ts'
import type { Tx } from '../pool.ts'
import { recordStatuses, type StatusRow } from './statuses.ts'
import { acceptBy, isAskedNow, noteNewTerms } from './terms.ts'
import type { Trail } from './trail.ts'

/** Whose memberships of a VO are settled. */
export interface SettleInput {
  readonly vo: number
  readonly persons: readonly number[]
  /** Whose EXPIRED or DISABLED goes: the rows and the gates say what comes. */
  readonly lifted: readonly number[]
  /** Why it changes, where that is not plain from rows and dates. */
  readonly reason?: string
  /** When it begins to be so; the moment of the change where absent. */
  readonly since?: Date
  /** Which newcomers have an event of their own: a source's thousands are told by their rows. */
  readonly newcomersToldIf?: 'any' | 'not-valid'
}

/** Whether somebody has the value that `q` requires; `of` says what it belongs to. */
export const hasValue = (of: string, person = 'a.person_id'): string => `exists (
  select 1 from attribute_value v
  where v.attribute = q.attribute and v.subject = ${person} and v.object = case q.holder ${of} else 0 end)`

/** What a value belongs to where a person reaches a resource. */
export const ofWay = `when 'member' then reach.vo_id when 'user-facility' then q.facility_id
  when 'member-resource' then q.resource_id when 'member-group' then reach.group_id`

/** Whom of `asked` rows hold, and the members among them: those there are, and those who begin now. */
const whoIsHere = `standing as materialized (
    select m.person_id, bool_or(m.status = 'VALID') as is_held
    from membership m join asked using (person_id) where m.vo_id = $1 and ${isHolding} group by 1
  ), old as materialized (
    select mb.vo_id, mb.person_id, mb.status, mb.since, mb.ended_by, mb.reason, mb.accept_by,
      mb.person_id = any($3) as is_lifted, false as is_new
    from member mb join asked using (person_id) where mb.vo_id = $1
    union all
    select $1, s.person_id, 'INVALID', $4, null, null, ${acceptBy('s.person_id', '$4')}, false, true
    from standing s join vo on vo.id = $1
    where not exists (select from member mb where (mb.vo_id, mb.person_id) = ($1, s.person_id))
  )`

/**
 * Makes members of those whom a row holds, who start at INVALID and pass the gates at once, and brings the statuses of these people
 * to what rows and gates say now: EXPIRED where only rows hold them that are over, INVALID where something is missing that the
 * VO requires, the acceptance of its terms too, or that the services within reach require of a new member. It agrees with
 * `statusesOf` in core. Returns the persons whose status changed.
 */
export async function settleMembers(tx: Tx, trail: Trail, input: SettleInput): Promise<number[]> {
  const { vo, persons, lifted, reason, since = trail.at, newcomersToldIf = 'any' } = input
  if (persons.length === 0) return []
  const { rows } = await tx.query<StatusRow>(
    `with asked as materialized (select distinct unnest($2::integer[]) as person_id),
     ${whoIsHere}, lacking as (
       select a.person_id from asked a join vo_requirement q on q.vo_id = $1
       where not ${hasValue(`when 'member' then $1`)}
       union all
       select a.person_id from asked a join vo on vo.id = $1
       where vo.spec->'requires' ? 'loa' and lacks_level(vo, a.person_id, day_of($4, zone_of($1)))
     ), waiting as materialized (
       select person_id from old where status <> 'VALID' and (status = 'INVALID' or is_lifted)
     ), lacking_here as (
       select a.person_id from waiting a
       join reach on reach.person_id = a.person_id and reach.vo_id = $1 and reach.status = 'VALID'
       join resource r on r.id = reach.resource_id
       join service_requirement q on q.resource_id = r.id
       where not ${hasValue(ofWay)}
     ), told as (
       select old.*, case
           when old.status = 'DISABLED' and not is_lifted then 'DISABLED'
           when not coalesce(standing.is_held, true) then 'EXPIRED'
           when old.status = 'EXPIRED' and not is_lifted then 'EXPIRED'
           when old.person_id in (select person_id from lacking) then 'INVALID'
           when old.accept_by <= (select day_of($4, zone_of($1))) then 'INVALID'
           when old.status = 'VALID' then 'VALID'
           when old.person_id in (select person_id from lacking_here) then 'INVALID'
           else 'VALID' end::status as next
       from old left join standing using (person_id)
     ), started as (
       insert into member (vo_id, person_id, status, since, ended_by, joined_at, accept_by)
       select vo_id, person_id, next, $4, ${endedBy}, $4, accept_by from told where is_new
       on conflict do nothing
       returning vo_id, person_id, null::status as before, status
     ), noted as (
       ${noteNewTerms(
         `select vo_id, person_id, accept_by from told where ${isAskedNow({ before: 'case when not is_new then status end', after: 'next' })}`,
         '$4',
       )}
     ), changed as (
       update member mb set status = told.next, since = $4, reason = $5, ended_by = ${endedBy}
       from told where (mb.vo_id, mb.person_id) = (told.vo_id, told.person_id) and told.next <> told.status and not told.is_new
         and mb.status = told.status
       returning mb.vo_id, mb.person_id, told.status as before, mb.status, told.since as began, told.ended_by as by, told.reason as why
     ), judged as (
       update member mb set judged_at = $4
       from told where (mb.vo_id, mb.person_id) = (told.vo_id, told.person_id) and told.next = 'INVALID' and told.status = 'INVALID'
         and not told.is_new and has_lapsed_by(mb, ${ofJoined})
     ), past as (
       insert into member_past (vo_id, person_id, status, began, ended, ended_by, reason)
       select vo_id, person_id, before, began, $4, by, why from changed where began < $4
     )
     select * from started union all select vo_id, person_id, before, status from changed`,
    [vo, persons, lifted, since, reason ?? null],
  )
  await recordStatuses(tx, trail, newcomersToldIf === 'any' ? rows : rows.filter((row) => !isNewAndValid(row)))
  return rows.map(({ person_id }) => person_id)
}

/** The moment, as an expression of both sides: levels are asked for of these people alone, not of every member. */
const ofJoined = `case when told.next = 'INVALID' then $4 end`

function isNewAndValid({ before, status }: StatusRow): boolean {
  return before === null && status === 'VALID'
}

const endedBy = `case told.next when 'EXPIRED' then 'clock' end`
