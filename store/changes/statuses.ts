import type { Plan } from '../../core/model/plan.ts'
import { isHolding } from '../is-holding.ts'
import type { Tx } from '../pool.ts'
import { forRows } from './many-rows.ts'
import type { TouchedRow } from './rows.ts'
import { acceptBy, isAskedNow, noteNewTerms } from './terms.ts'
import type { Trail } from './trail.ts'
import { recordSelected } from './trail.ts'

/** Who may become a member, and whose status is not what it was. */
export interface StatusInput {
  /** Rows that may make somebody a member. */
  readonly rows: readonly TouchedRow[]
  readonly statuses: Plan['statuses']
}

/**
 * Makes members of those whom a row of git, a sync, a rule, or a VO's own row holds, and gives them and all others the
 * status that the plan foretells. Returns the persons whose status changed, or who are INVALID from the start.
 */
export async function settleStatuses(tx: Tx, trail: Trail, { rows, statuses }: StatusInput): Promise<number[]> {
  if (rows.length + statuses.length === 0) return []
  return forRows(tx, statuses.length, async () => writeStatuses(tx, trail, { rows, statuses }))
}

async function writeStatuses(tx: Tx, trail: Trail, { rows, statuses }: StatusInput): Promise<number[]> {
  const told = await recordSelected<Pick<StatusRow, 'person_id'>>(tx, trail, {
    steps: `said as materialized (
       select vo.id as vo_id, i.person_id, s.status
       from unnest($5::text[], $6::text[], $7::status[]) as s(vo, "user", status)
       join vo on vo.name = s.vo
       join identity i on i.ref = s."user"
     ), held as (
       select distinct t.vo_id, t.person_id
       from unnest($8::integer[], $9::integer[]) as t(vo_id, person_id)
       join membership m on (m.vo_id, m.person_id) = (t.vo_id, t.person_id)
         and ${isHolding}
       where not exists (select 1 from member o where (o.vo_id, o.person_id) = (t.vo_id, t.person_id))
     ), started as (
       insert into member (vo_id, person_id, status, since, ended_by, joined_at, accept_by)
       select h.vo_id, h.person_id, coalesce(s.status, 'VALID'), $2, ${endedBy}, $2, ${acceptBy('h.person_id', '$2')}
       from held h join vo on vo.id = h.vo_id left join said s using (vo_id, person_id)
       returning vo_id, person_id, status, null::status as before, accept_by
     ), changed as (
       update member mb set status = s.status, since = $2, ended_by = ${endedBy},
         reason = case when s.status = 'VALID' and old.status = 'INVALID' then $10 end
       from said s, member old
       where (mb.vo_id, mb.person_id) = (s.vo_id, s.person_id) and (old.vo_id, old.person_id) = (s.vo_id, s.person_id)
         and s.status <> old.status
       returning mb.vo_id, mb.person_id, mb.status, old.status as before, old.since as began,
         old.ended_by as ended_before, old.reason as reason_before, mb.accept_by
     ), past as (
       insert into member_past (vo_id, person_id, status, began, ended, ended_by, reason)
       select vo_id, person_id, before, began, $2, ended_before, reason_before from changed where began < $2
     ), noted as (
       ${noteNewTerms(
         `select vo_id, person_id, accept_by from started where ${areAskedNow}
          union all
          select vo_id, person_id, accept_by from changed where ${areAskedNow}`,
         '$2',
       )}
     ), told as materialized (
       select vo_id, person_id, before, status from changed
       union all
       select vo_id, person_id, null, status from started where status <> 'VALID'
     ),`,
    select: statusEvents('told'),
    result: 'select person_id from told',
    parameters: [
      ...[statuses.map(({ vo }) => vo), statuses.map(({ user }) => user), statuses.map(({ status }) => status)],
      ...[rows.map(({ vo }) => vo), rows.map(({ person }) => person)],
      trail.cause.commit === undefined
        ? null
        : `nothing is missing any more since commit ${trail.cause.commit.slice(0, 12)}`,
    ],
  })
  return told.map(({ person_id }) => person_id)
}

/** Notes whom a commit leaves INVALID although a level has come to its end since: what the commit says makes no other past of them. */
export async function noteJudged(
  tx: Tx,
  { vo, at }: { readonly vo: string | undefined; readonly at: Date },
): Promise<void> {
  // As an array, the VOs are looked at before the levels, which cost far more.
  await tx.query(
    `update member mb set judged_at = $2
     where mb.vo_id = any(array(select id from vo where spec->'requires' ? 'loa' and ($1::text is null or name = $1)))
       and mb.status = 'INVALID' and has_lapsed_by(mb, $2)`,
    [vo ?? null, at],
  )
}

const areAskedNow = isAskedNow({ before: 'before', after: 'status' })

/** A plan makes EXPIRED only those whose rows' dates have come. */
const endedBy = `case when s.status = 'EXPIRED' then 'clock' end`

/** Whom a row that is new or has another date brings back, of members `mb`; it agrees with `isBroughtBack` in core. */
export const isBroughtBack = `(mb.status = 'EXPIRED' or mb.status = 'DISABLED' and not is_by_person(mb.ended_by))`

/** A status that became another; null before: a member from now on. */
export interface StatusRow {
  readonly vo_id: number
  readonly person_id: number
  readonly before: string | null
  readonly status: string
}

/** Records whose status became another. */
export async function recordStatuses(tx: Tx, trail: Trail, told: readonly StatusRow[]): Promise<void> {
  if (told.length === 0) return
  await recordSelected(tx, trail, {
    select: statusEvents('unnest($5::integer[], $6::integer[], $7::text[], $8::text[])'),
    parameters: [
      told.map(({ vo_id }) => vo_id),
      told.map(({ person_id }) => person_id),
      told.map(({ before }) => before),
      told.map(({ status }) => status),
    ],
  })
}

/** An event for each row (vo_id, person_id, before, status). */
const statusEvents = (told: string): string => `
  select 'status' as action, 'Membership' as kind, vo.name as vo, vo.name as name,
    jsonb_build_object('user', p.identities[1], 'before', x.before, 'after', x.status) as personal
  from ${told} as x(vo_id, person_id, before, status)
  join vo on vo.id = x.vo_id join person p on p.id = x.person_id
  order by vo.name, p.identities[1]`
