import type { MembershipChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import { forgetAnswersOfMembers } from './applications/forget-answers.ts'
import { levelsIntoPast } from './past.ts'
import type { Trail } from './trail.ts'
import { recordSelected } from './trail.ts'

/** Ends the membership of those who were taken out of a VO and whom no row holds; returns their persons. */
export async function endMembers(
  tx: Tx,
  trail: Trail,
  removed: readonly MembershipChange[],
): Promise<readonly number[]> {
  const own = removed.filter(({ kind }) => kind === 'Member').map(({ vo, user }) => ({ vo, user }))
  if (own.length === 0) return []
  return ended(tx, trail, {
    which: `select vo.id as vo_id, i.person_id
        from json_to_recordset($1::json) as x(vo text, "user" text)
        join vo on vo.name = x.vo
        join identity i on i.ref = x."user"
        where not exists (select 1 from membership m where m.vo_id = vo.id and m.person_id = i.person_id)`,
    parameter: JSON.stringify(own),
  })
}

/** Ends all memberships of VOs that are about to be deleted. */
export async function endMembersOfVos(tx: Tx, trail: Trail, vos: readonly number[]): Promise<readonly number[]> {
  return ended(tx, trail, { which: 'select vo_id, person_id from member where vo_id = any($1)', parameter: vos })
}

interface EndingMembers {
  readonly vo: number
  readonly persons: readonly number[]
  readonly at: Date
  /** Where it is not plain from what was done. */
  readonly reason?: string
}

/** Ends the memberships of these people in a VO; their rows have gone before. */
export async function endMemberships(tx: Tx, trail: Trail, { vo, persons, at, reason }: EndingMembers): Promise<void> {
  if (persons.length === 0) return
  await ended(tx, trail, {
    which: `select (x->>'vo')::integer as vo_id, jsonb_array_elements_text(x->'persons')::integer as person_id
      from (select $1::jsonb as x) named`,
    parameter: JSON.stringify({ vo, persons }),
    at,
    reason,
  })
}

interface Leaving extends Partial<Pick<EndingMembers, 'at'>> {
  readonly which: string
  readonly parameter: unknown
  readonly reason?: string | undefined
}

async function ended(
  tx: Tx,
  trail: Trail,
  { which, parameter, at = trail.at, reason }: Leaving,
): Promise<readonly number[]> {
  const { rows } = await tx.query<{ person_id: number; vo_id: number; status: string }>(
    `with leaving as (${which}), gone as (
       delete from member m using leaving where (m.vo_id, m.person_id) = (leaving.vo_id, leaving.person_id) returning m.*
     ), levels as (
       ${levelsIntoPast('$2', 'gone')}
     ), past as (
       insert into member_past (vo_id, person_id, status, began, ended, ended_by, reason)
       select vo_id, person_id, status, since, greatest(since, $2), ended_by, reason from gone
     )
     select vo_id, person_id, status from gone`,
    [parameter, at],
  )
  await dropMemberValues(tx, rows)
  await endAcceptances(tx, rows, at)
  await forgetAnswersOfMembers(tx, trail, rows)
  await recordSelected(tx, trail, {
    select: `select 'end' as action, 'Membership' as kind, vo.name as vo, vo.name as name,
        jsonb_strip_nulls(jsonb_build_object('user', p.identities[1], 'before', x.status, 'reason', $6::text)) as personal
      from json_to_recordset($5::json) as x(vo_id integer, person_id integer, status text)
      join vo on vo.id = x.vo_id join person p on p.id = x.person_id
      order by vo.name, p.identities[1]`,
    parameters: [JSON.stringify(rows), reason ?? null],
  })
  return rows.map(({ person_id }) => person_id)
}

/** Whoever comes back accepts the terms anew. */
async function endAcceptances(tx: Tx, ended: readonly EndedMember[], at: Date): Promise<void> {
  if (ended.length === 0) return
  await tx.query(
    `with gone as (
       delete from terms_acceptance a using unnest($1::integer[], $2::integer[]) as x(vo_id, person_id)
       where (a.vo_id, a.person_id) = (x.vo_id, x.person_id) returning a.*
     )
     insert into terms_acceptance_past select gone.*, $3 from gone`,
    [ended.map(({ vo_id }) => vo_id), ended.map(({ person_id }) => person_id), at],
  )
}

interface EndedMember {
  readonly vo_id: number
  readonly person_id: number
}

/** Values of a membership end with it; nobody else is given what was made for them. */
async function dropMemberValues(tx: Tx, ended: readonly EndedMember[]): Promise<void> {
  if (ended.length === 0) return
  const theirs = `v.subject = x.person_id and (
      v.attribute like 'member.%' and v.object = x.vo_id
      or v.attribute like 'member-group.%' and v.object in (select g.id from groups g where g.vo_id = x.vo_id)
      or v.attribute like 'member-resource.%' and v.object in (select r.id from resource r where r.vo_id = x.vo_id))`
  const those = 'unnest($1::integer[], $2::integer[]) as x(vo_id, person_id)'
  const parameters = [ended.map(({ vo_id }) => vo_id), ended.map(({ person_id }) => person_id)]
  await tx.query(`delete from attribute_unique v using ${those} where ${theirs} and not v.lasting`, parameters)
  await tx.query(`delete from attribute_value v using ${those} where ${theirs}`, parameters)
  await tx.query(`delete from attribute_outside v using ${those} where ${theirs}`, parameters)
  await tx.query(`delete from attribute_aside v using ${those} where ${theirs}`, parameters)
}
