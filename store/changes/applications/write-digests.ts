import { digestsOf, type Seat, type WaitingApplication } from '../../../core/applications/digests.ts'
import type { Db, Tx } from '../../pool.ts'
import { endsUntold, writeInvitationDigests } from '../invitations/write-digests.ts'
import { draftSelected } from '../mail-drafts.ts'
import { staffDesks, type Desk } from './desks.ts'

/** So many applications are named in one mail; the others are counted. */
const namedAtMost = 50

/** Tells when those who decide, and those who invited, are to be told next; undefined while there is nothing to tell. */
export async function nextDigestAt(db: Db): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select digest_at(case when digest_at(first.day) < first.since then first.day + 1 else first.day end) as at
     from (
       select since, greatest(day_of(since, zone), (select day + 1 from digest)) as day
       from (select least(
           (select min(step_since) from application where state = 'open'),
           (select min(changed_at) from invitation i where ${endsUntold})) as since,
         zone_of_instance() as zone) oldest
       where since is not null
     ) first`,
  )
  return rows[0]?.at ?? undefined
}

/**
 * Drafts, where it is time, one mail to each person for whom applications wait, and one to each whose invitations ended, in the
 * caller's transaction: once a day, however often and late it is called; what days of silence left goes into the same one. Nothing goes to whom no address is known of.
 */
export async function writeDigests(tx: Tx, now: Date): Promise<number> {
  await tx.query(`insert into digest (day) values ('-infinity') on conflict do nothing`)
  await tx.query('select from digest for update')
  const at = await nextDigestAt(tx)
  if (at === undefined || at > now) return 0
  const waiting = await readWaiting(tx)
  const digests = digestsOf(waiting, await readSeats(tx, waiting, now), namedAtMost)
  const drafted = await draftSelected(tx, { select: drafts, parameters: [JSON.stringify(digests), now], at: now })
  await tx.query('update digest set day = digest_day($1)', [now])
  return drafted + (await writeInvitationDigests(tx, now))
}

interface WaitingRow extends Desk {
  readonly id: number
  readonly desk: string
  readonly applicant: number | null
  readonly approvers: readonly number[]
}

/** Applications that somebody has to decide about, the oldest first. */
async function readWaiting(tx: Tx): Promise<(WaitingApplication & Desk)[]> {
  const { rows } = await tx.query<WaitingRow>(
    `select a.id, coalesce(a.person_id, own.person_id) as applicant, a.vo_id as vo, a.group_id as "group", place.step,
       a.escalated_at is not null as "isEscalated", coalesce(decided.approvers, '{}') as approvers,
       concat_ws(' ', a.vo_id, coalesce(a.group_id, 0), a.escalated_at is not null, place.step) as desk
     from application a join form f on f.id = a.form_id
     cross join lateral (select coalesce(f.spec->'approval'->'steps', '[{"by": "managers"}]')->a.step as step) place
     left join identity own on own.ref = a.identity
     left join lateral (
       select array_agg(t.person_id) || array_agg(t.for_person_id) as approvers from application_act t
       where t.application_id = a.id and t.act = 'approve' and t.outcome = 'done' and (t.version, t.policy) = (a.version, a.policy)
     ) decided on true
     where a.state = 'open' and place.step is not null and (a.group_name is null or a.group_id is not null)
     order by a.step_since, a.id`,
  )
  return rows.map((row) => ({ ...row, applicant: row.applicant ?? undefined }))
}

/** Who is told of what lies at the desks, and who stands in for them; nobody who is banned from the VO or without address. */
async function readSeats(tx: Tx, waiting: readonly (WaitingApplication & Desk)[], now: Date): Promise<readonly Seat[]> {
  const desks = [...new Map(waiting.map((one) => [one.desk, one])).values()]
  const staff = await staffDesks(tx, desks, now)
  const sitting = desks.flatMap(({ desk, vo }, place) => (staff[place] ?? []).map((person) => ({ desk, vo, person })))
  const { rows } = await tx.query<Omit<Seat, 'application'> & { readonly application: number | null }>(
    `with sitting as materialized (
       select desk, vo, person from json_to_recordset($1::json) as x(desk text, vo integer, person integer)
     ), seat as materialized (
       select desk, vo, person, person as voice, null::integer as application from sitting
       union
       select s.desk, s.vo, d.delegate_id, s.person, d.application_id
       from sitting s join delegation_at($2) d on d.delegator_id = s.person and (d.vo_id is null or d.vo_id = s.vo)
     )
     select desk, person, voice, application from seat
     where person in (
         select person from (select distinct person from seat) one where value_of_person('user.email', person) is not null)
       and (vo, person) not in (select vo_id, person_id from ban)`,
    [JSON.stringify(sitting), now],
  )
  return rows.map((row) => ({ ...row, application: row.application ?? undefined }))
}

/** A draft for each digest ($1) at $2; each application is described once, however many are told of it. */
const drafts = `with told as materialized (
    select person, count, named from json_to_recordset($1::json) as x(person integer, count integer, named integer[])
  ), here as materialized (
    select zone, day_of($2, zone) as today, digest_day($2) as day from (select zone_of_instance() as zone) of_instance
  ), described as materialized (
    select a.id, today - day_of(a.step_since, zone) as days, jsonb_build_object(
      'id', a.id, 'for', t.tags->'for', 'title', t.tags->'title', 'identity', a.identity, 'displayName', t.tags->'displayName',
      'since', day_of(a.step_since, zone)::text, 'days', today - day_of(a.step_since, zone)) as one
    from application a cross join here cross join lateral (select application_tags(a.id)->'application' as tags) t
    where a.id in (select unnest(named) from told)
  )
  select 'digest/' || person || '/' || day as key, 'application.digest' as event, null::integer as vo, person,
    null::integer as application, null::text as recipient, null::text as language,
    jsonb_build_object('count', count, 'longestDays', max(days), 'more', count - cardinality(named),
      'waiting', jsonb_agg(one order by place)) as tags
  from told cross join here cross join lateral unnest(named) with ordinality n(id, place) join described using (id)
  group by person, count, named, day`
