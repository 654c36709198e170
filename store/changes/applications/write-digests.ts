import type { Db, Tx } from '../../pool.ts'
import { draftSelected } from '../mail-drafts.ts'
import { staffDesks, type Desk } from './desks.ts'

/** So many applications are named in one mail; the others are counted. */
const namedAtMost = 50

/** Tells when those who decide are to be told next of what waits for them; undefined while nothing waits. */
export async function nextDigestAt(db: Db): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select digest_at(case when digest_at(first.day) < first.since then first.day + 1 else first.day end) as at
     from (
       select since, greatest(day_of(since, zone), (select day + 1 from digest)) as day
       from (select min(step_since) as since, coalesce((select spec->>'timeZone' from instance limit 1), 'UTC') as zone
         from application where state = 'open') oldest
       where since is not null
     ) first`,
  )
  return rows[0]?.at ?? undefined
}

/**
 * Drafts, where it is time, one mail to each person for whom applications wait, in the caller's transaction: once a day, however
 * often and late it is called; what days of silence left goes into the same one. Nothing goes to whom no address is known of.
 */
export async function writeDigests(tx: Tx, now: Date): Promise<number> {
  await tx.query(`insert into digest (day) values ('-infinity') on conflict do nothing`)
  await tx.query('select from digest for update')
  const at = await nextDigestAt(tx)
  if (at === undefined || at > now) return 0
  const { rows: desks } = await tx.query<Desk & { readonly key: string }>(
    `select distinct on (key) key, vo, "group", step, "isEscalated" from (${waiting}) w order by key`,
  )
  const staff = await staffDesks(tx, desks, now)
  const seats = desks.flatMap(({ key }, place) => (staff[place] ?? []).map((person) => ({ key, person })))
  const drafted = await draftSelected(tx, {
    select: `with voice_at as materialized (${voices})
      select 'digest/' || person || '/' || today as key, 'application.digest' as event, null::integer as vo, person,
        null::integer as application, null::text as recipient, null::text as language,
        jsonb_build_object('count', count(*), 'longestDays', max(days), 'more', greatest(0, count(*) - ${namedAtMost}),
          'waiting', jsonb_agg(${one} order by since, id) filter (where place <= ${namedAtMost})) as tags
      from (
        select w.*, zone, voice.person, day_of($2, zone) as today, day_of($2, zone) - day_of(w.since, zone) as days,
          row_number() over (partition by voice.person order by w.since, w.id) as place
        from (${waiting}) w
        cross join lateral (
          select distinct v.person from voice_at v
          where v.key = w.key and (v.vo is null or v.vo = w.vo) and (v.application is null or v.application = w.id)
            and (w.applicant is null or w.applicant not in (v.person, v.voice))
            and not exists (select from ban b where (b.vo_id, b.person_id) = (w.vo, v.person))
            and not exists (
              select from application_act t where t.application_id = w.id and t.act = 'approve' and t.outcome = 'done'
                and (t.version, t.policy) = (w.version, w.policy)
                and (t.person_id in (v.person, v.voice) or t.for_person_id in (v.person, v.voice)))
        ) voice
        cross join (select coalesce((select spec->>'timeZone' from instance limit 1), 'UTC') as zone) here
      ) told
      where value_of_person('user.email', person) is not null group by person, today`,
    parameters: [JSON.stringify(seats), now],
    at: now,
  })
  await tx.query(
    `update digest set day = case when digest_at(today) <= $1 then today else today - 1 end
     from (select day_of($1, coalesce((select spec->>'timeZone' from instance limit 1), 'UTC')) as today) here`,
    [now],
  )
  return drafted
}

/** Who speaks at which desk: whoever sits there ($1), and whoever stands in for them at $2. */
const voices = `select key, person, person as voice, null::integer as vo, null::integer as application from json_to_recordset($1::json) as seat(key text, person integer)
  union all
  select seat.key, d.delegate_id, d.delegator_id, d.vo_id, d.application_id
  from json_to_recordset($1::json) as seat(key text, person integer) join delegation_at($2) d on d.delegator_id = seat.person`

/** Applications that somebody has to decide about, with the desk at which they lie and who applied. */
const waiting = `select a.id, a.version, a.policy, a.identity, a.step_since as since,
    coalesce(a.person_id, (select person_id from identity where ref = a.identity)) as applicant,
    vo.name || coalesce('/' || g.name, '') as name, coalesce(g.title, g.name, vo.title, vo.name) as title,
    a.vo_id as vo, a.group_id as "group", place.step, a.escalated_at is not null as "isEscalated",
    concat_ws(' ', a.vo_id, coalesce(a.group_id, 0), a.escalated_at is not null, place.step) as key
  from application a join vo on vo.id = a.vo_id join form f on f.id = a.form_id
  left join groups g on g.id = a.group_id
  cross join lateral (select coalesce(f.spec->'approval'->'steps', '[{"by": "managers"}]')->a.step as step) place
  where a.state = 'open' and place.step is not null and (a.group_name is null or a.group_id is not null)`

const one = `jsonb_build_object('id', id, 'for', name, 'title', title, 'identity', identity,
  'displayName', application_tags(id)->'application'->>'displayName', 'since', day_of(since, zone)::text, 'days', days)`
