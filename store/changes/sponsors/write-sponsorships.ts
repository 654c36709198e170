import type { Tx } from '../../pool.ts'
import { settleDates } from '../member-dates.ts'
import type { FoundSet } from '../memberships/read-standing.ts'
import { settleMembers } from '../settle-members.ts'
import { noteCountdowns } from './note-countdowns.ts'
import type { Trail } from '../trail.ts'
import { rowsIntoPast } from '../past.ts'

/** The row of one sponsor as it is to be. */
export interface SponsorshipWrite {
  readonly person: number
  readonly sponsor: number
  /** Null for no date; undefined where the row ends. */
  readonly expires: string | null | undefined
  /** The date it had before the sponsor withdrew, null for none; absent where the sponsor stays. */
  readonly before?: string | null
}

interface Writing {
  readonly set: FoundSet
  readonly writes: readonly SponsorshipWrite[]
  /** Whose EXPIRED or DISABLED goes. */
  readonly lifted: readonly number[]
}

/** Writes rows of sponsors and what follows from them for their guests; a guest and a sponsor stand there together once. */
export async function writeSponsorships(tx: Tx, trail: Trail, { set, writes, lifted }: Writing): Promise<void> {
  // A row that is ended and written at once is there afterwards: no guest is left without one.
  await endRows(tx, trail, { set, writes: writes.filter(({ expires }) => expires === undefined) })
  await writeRows(tx, trail, { set, writes: writes.filter(({ expires }) => expires !== undefined) })
  const persons = [...new Set(writes.map(({ person }) => person))]
  await settleMembers(tx, trail, { vo: set.voId, persons, lifted })
  await settleDates(
    tx,
    persons.map((person) => ({ vo: set.voId, group: undefined, person })),
    trail.at,
  )
  const leaving = writes.flatMap(({ person, before }) => (before === undefined ? [] : [person]))
  await noteCountdowns(tx, { vo: set.voId, guests: leaving, at: trail.at })
}

async function writeRows(tx: Tx, { at, cause }: Trail, { set, writes }: Omit<Writing, 'lifted'>): Promise<void> {
  if (writes.length === 0) return
  await tx.query(
    `with asked as materialized (
       select person_id, sponsor_id::text as sponsor, expires, is_leaving, before
       from unnest($2::integer[], $3::integer[], $4::date[], $5::boolean[], $6::date[])
         as a(person_id, sponsor_id, expires, is_leaving, before)
     ), old as (
       select m.* from membership m join asked a on (m.person_id, m.origin_name) = (a.person_id, a.sponsor)
       where m.vo_id = $1 and m.group_id is null and m.origin = 'sponsor'
     ), past as (${rowsIntoPast('$7')})
     insert into membership (vo_id, group_id, person_id, origin, origin_name, status, expires, leaving, date_before, since, actor)
     select $1, null, person_id, 'sponsor', sponsor,
       case when expires <= $8::date then 'EXPIRED' else 'VALID' end::status, expires,
       case when is_leaving then 'withdrawn' end, before, $7, $9
     from asked
     on conflict (group_id, person_id, vo_id, origin, origin_name) do update
     set status = excluded.status, expires = excluded.expires, leaving = excluded.leaving,
       date_before = excluded.date_before, status_since = $7, actor = excluded.actor`,
    [
      ...[set.voId, writes.map(({ person }) => person), writes.map(({ sponsor }) => sponsor)],
      ...[writes.map(({ expires }) => expires), writes.map(({ before }) => before !== undefined)],
      ...[writes.map(({ before }) => before ?? null), at, set.today, cause.actor],
    ],
  )
}

async function endRows(tx: Tx, { at }: Trail, { set, writes }: Omit<Writing, 'lifted'>): Promise<void> {
  if (writes.length === 0) return
  await tx.query(
    `with old as (
       delete from membership m
       using unnest($2::integer[], $3::text[]) as a(person_id, sponsor)
       where m.vo_id = $1 and m.group_id is null and m.origin = 'sponsor'
         and (m.person_id, m.origin_name) = (a.person_id, a.sponsor)
       returning m.*
     ) ${rowsIntoPast('$4')}`,
    [set.voId, writes.map(({ person }) => person), writes.map(({ sponsor }) => String(sponsor)), at],
  )
}
