import type { ActVerdict } from '../../../core/lifecycle/acts/standing.ts'
import type { Tx } from '../../pool.ts'
import { settleDates } from '../member-dates.ts'
import { endMemberships } from '../members.ts'
import { endRowsOfMembers } from '../rows.ts'
import { settleMembers } from '../settle-members.ts'
import { recordStatuses } from '../statuses.ts'
import type { Trail } from '../trail.ts'
import type { FoundSet } from './read-standing.ts'
import { rowsIntoPast, statusesIntoPast } from '../past.ts'

/** What is done to one person. */
export interface AllowedAct {
  readonly person: number
  readonly verdict: Extract<ActVerdict, { readonly allowed: true }>
  /** Of who is made DISABLED. */
  readonly reason: string
}

const managed = `m.origin in ('application', 'manager')`

/** Writes rows, dates and statuses; the persons of a call are distinct. */
export async function writeVerdicts(tx: Tx, trail: Trail, { set, acts, endedBy = 'person' }: Writing): Promise<void> {
  const persons = acts.map(({ person }) => person)
  const those = (key: keyof AllowedAct['verdict']): number[] =>
    acts.flatMap(({ person, verdict }) => (verdict[key] === undefined ? [] : [person]))
  await writeRows(tx, trail, { set, acts })
  await redateRows(tx, trail, { set, acts })
  await endRows(tx, trail, { set, persons: those('endRows') })
  const ended = those('endMember')
  await endRowsOfMembers(tx, { vo: set.voId, persons: ended }, trail.at)
  await endMemberships(tx, trail, { vo: set.voId, persons: ended, at: trail.at })
  await disable(tx, trail, { set, endedBy, acts: acts.filter(({ verdict }) => verdict.disable !== undefined) })
  await settleMembers(tx, trail, { vo: set.voId, persons, lifted: those('lift') })
  await settleDates(
    tx,
    persons.map((person) => ({ vo: set.voId, group: set.groupId ?? undefined, person })),
    trail.at,
  )
}

interface Writing {
  readonly set: FoundSet
  readonly acts: readonly AllowedAct[]
  /** Who makes those DISABLED who become it: themselves, or somebody else, as usual. */
  readonly endedBy?: 'person' | 'self'
}

async function writeRows(tx: Tx, { at, cause }: Trail, { set, acts }: Writing): Promise<void> {
  const written = acts.flatMap(({ person, verdict }) =>
    verdict.write === undefined ? [] : [{ person, ...verdict.write }],
  )
  if (written.length === 0) return
  await tx.query(
    `with asked as materialized (
       select * from unnest($3::integer[], $4::text[], $5::date[]) as a(person_id, origin, expires)
     ), old as (
       select m.* from membership m join asked using (person_id, origin)
       where m.vo_id = $1 and m.group_id is not distinct from $2 and m.origin_name = ''
     ), past as (${rowsIntoPast('$6')})
     insert into membership (vo_id, group_id, person_id, origin, status, expires, since, actor)
     select $1, $2, person_id, origin, ${statusOn('$7', 'expires')}, expires, $6, $8 from asked
     on conflict (group_id, person_id, vo_id, origin, origin_name)
     do update set status = excluded.status, expires = excluded.expires, status_since = $6, actor = excluded.actor`,
    [
      ...[set.voId, set.groupId, written.map(({ person }) => person), written.map(({ origin }) => origin)],
      ...[written.map(({ expires }) => expires), at, set.today, cause.actor],
    ],
  )
}

async function redateRows(tx: Tx, { at, cause }: Trail, { set, acts }: Writing): Promise<void> {
  const redated = acts.filter(({ verdict }) => verdict.redate !== undefined)
  if (redated.length === 0) return
  await tx.query(
    `with asked as materialized (
       select * from unnest($3::integer[], $4::date[]) as a(person_id, expires)
     ), old as (
       select m.* from membership m join asked using (person_id)
       where m.vo_id = $1 and m.group_id is not distinct from $2 and ${managed}
     ), past as (${rowsIntoPast('$5')})
     update membership m
     set expires = asked.expires, status = ${statusOn('$6', 'asked.expires')}, status_since = $5, actor = $7
     from asked
     where m.vo_id = $1 and m.person_id = asked.person_id and m.group_id is not distinct from $2 and ${managed}`,
    [
      ...[set.voId, set.groupId, redated.map(({ person }) => person)],
      ...[redated.map(({ verdict }) => verdict.redate ?? null), at, set.today, cause.actor],
    ],
  )
}

function statusOn(today: string, expires: string): string {
  return `case when ${expires} <= ${today}::date then 'EXPIRED' else 'VALID' end::status`
}

async function endRows(
  tx: Tx,
  { at }: Trail,
  { set, persons }: { readonly set: FoundSet; readonly persons: readonly number[] },
): Promise<void> {
  if (persons.length === 0) return
  await tx.query(
    `with old as (
       delete from membership m
       where m.vo_id = $1 and m.group_id is not distinct from $2 and m.person_id = any($3) and ${managed} returning m.*
     ) ${rowsIntoPast('$4')}`,
    [set.voId, set.groupId, persons, at],
  )
}

async function disable(tx: Tx, trail: Trail, { set, acts, endedBy }: Required<Writing>): Promise<void> {
  if (acts.length === 0) return
  const { rows } = await tx.query(
    `with asked as materialized (
       select * from unnest($2::integer[], $4::text[]) as a(person_id, reason)
     ), old as materialized (
       select m.* from member m join asked using (person_id) where m.vo_id = $1
     ), past as (${statusesIntoPast('$3')})
     update member mb set status = 'DISABLED', since = $3, ended_by = $5, reason = asked.reason
     from old join asked using (person_id) where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning mb.vo_id, mb.person_id, old.status as before, mb.status`,
    [set.voId, acts.map(({ person }) => person), trail.at, acts.map(({ reason }) => reason), endedBy],
  )
  await recordStatuses(tx, trail, rows)
}
