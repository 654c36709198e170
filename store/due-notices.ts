/**
 * The VO's zone, how far its clock came, and the notices that it gives: what they are called, such as `before-P28D`, how far they
 * lie from the date, and who gets them. Looked up once, not for each member.
 */
const given = `here as materialized (
    select vo.id, vo.spec, zone_of(vo.id) as zone, day_of(clock.reached, zone_of(vo.id)) as reached,
      vo.spec->'expiration' ? 'autoExtend' as extends
    from vo left join clock on clock.vo_id = vo.id where vo.id = $1
  ), told as materialized (
    select 'before-' || b.length as kind, -b.length::interval as shift, '{VALID,INVALID}'::status[] as statuses
    from here, jsonb_array_elements_text(coalesce(spec->'notices'->'before', '[]')) b(length)
    union all
    select 'after-' || a.length, a.length::interval, '{EXPIRED,DISABLED}'::status[]
    from here, jsonb_array_elements_text(coalesce(spec->'notices'->'after', '[]')) a(length)
  ), terms as materialized (
    select spec->'terms'->>'version' as version, day_of(v.since, zone) as since,
      (spec->'terms'->>'resignEvery')::interval as counts_for, coalesce(spec->'terms'->>'grace', 'P0D')::interval as grace
    from here cross join lateral (
      select t.since from terms_version t where t.vo_id = here.id and not t.closed order by t.id desc limit 1) v
    where spec ? 'terms'
  ), told_of_terms as materialized (
    -- Longer before than the grace lasts, there is nothing to be told yet.
    select 'terms-' || told.kind as kind, told.shift, false as is_renewal from terms, told
    where told.shift < interval '0' and -told.shift <= terms.grace
    union all
    select 'terms-renew-' || told.kind, told.shift, true from terms, told
    where told.shift < interval '0' and terms.counts_for is not null
  )`

/** Steps of months are clamped to their ends, so that the day from which a notice is counted lies this near. */
const near = `interval '4 days'`

/** None is of a day before the clock came so far. */
const isNew = (day: string): string => `(here.reached is null or ${day} >= here.reached)`

/**
 * None is of a day before the clock came so far or the date was set, about somebody who will be extended without doing anything,
 * or for somebody who wants none. With `offset 0` each is a look at an index: the tables grow while statistics stay.
 */
const isWanted = `mb.status = any(told.statuses)
  and (mb.expires + told.shift)::date > day_of(mb.date_since, here.zone)
  and ${isNew('(mb.expires + told.shift)::date')}
  and not exists (
    select from notice o
    where o.vo_id = mb.vo_id and o.group_id is null and o.person_id = mb.person_id and o.guest_id is null
      and o.kind = told.kind and o.date = mb.expires offset 0)
  and not exists (
    select from notices_declined d
    where d.vo_id = mb.vo_id and d.group_id is null and d.person_id = mb.person_id and d.date = mb.expires offset 0)
  and not (here.extends and told.shift < interval '0' and is_extended_at_end(here.spec, mb, here.zone))`

/**
 * Of memberships of groups that managers, applications and sponsors made, and nothing without a date: whoever is told what, when.
 * Such groups are few, so that their people are looked at one by one.
 */
const ofGroups = `select m.person_id, m.group_id, null::integer as guest_id, (m.expires + told.shift)::date as day, told.kind,
    m.expires as date
  from here
  cross join lateral (
    select g.id, 'before-' || b.length as kind, -b.length::interval as shift, true as is_before
    from groups g, jsonb_array_elements_text(coalesce(g.spec->'notices'->'before', '[]')) b(length)
    where g.vo_id = here.id and g.spec ? 'notices'
    union all
    select g.id, 'after-' || a.length, a.length::interval, false
    from groups g, jsonb_array_elements_text(coalesce(g.spec->'notices'->'after', '[]')) a(length)
    where g.vo_id = here.id and g.spec ? 'notices'
  ) told
  cross join lateral (
    select r.person_id, r.group_id, max(r.expires) as expires, bool_or(r.status = 'VALID') as is_valid,
      max(coalesce(r.status_since, r.since)) as touched, min(r.since) as began
    from membership r where r.group_id = told.id group by 1, 2
    having bool_and(r.expires is not null and r.origin in ('application', 'manager', 'sponsor'))
  ) m
  join member mb on (mb.vo_id, mb.person_id) = (here.id, m.person_id)
  where told.is_before = m.is_valid and (not told.is_before or mb.status in ('VALID', 'INVALID'))
    and (m.expires + told.shift)::date > day_of(case when told.is_before then m.touched else m.began end, here.zone)
    and ${isNew('(m.expires + told.shift)::date')}
    and not exists (
      select from notice o
      where (o.vo_id, o.group_id, o.person_id, o.kind, o.date) = (here.id, m.group_id, m.person_id, told.kind, m.expires))
    and not exists (
      select from notices_declined d
      where (d.vo_id, d.group_id, d.person_id, d.date) = (here.id, m.group_id, m.person_id, m.expires))`

/**
 * Sponsors of guests whose end is the date that the sponsor gave; of a countdown they were told when it began. `which` narrows them
 * by the index of those dates.
 */
const ofGuests = (which: string): string => `select s.sponsor_id as person_id, s.guest_id, s.day, told.kind, s.date
  from here cross join told
  cross join lateral (
    select g.sponsor_id, g.person_id as guest_id, on_day.day, g.expires as date
    from sponsorship g
    cross join lateral (select (g.expires + told.shift)::date as day) on_day
    cross join lateral (
      select m.status, m.expires, m.date_since from member m where (m.vo_id, m.person_id) = ($1, g.person_id) offset 0) mb
    where g.vo_id = $1 and g.status = case when told.shift < interval '0' then 'VALID' else 'EXPIRED' end::status
      and g.leaving is null and g.sponsor_id is not null and mb.expires = g.expires and mb.status = any(told.statuses)
      and on_day.day > day_of(mb.date_since, here.zone) and ${isNew('on_day.day')}
      and not exists (
        select from notice o
        where o.vo_id = g.vo_id and o.group_id is null and o.person_id = g.sponsor_id and o.guest_id = g.person_id
          and o.kind = told.kind and o.date = g.expires offset 0)
      and ${which}
  ) s`

/**
 * Members who have to accept the terms before a date, so long before it; while an acceptance counts, so long before it runs out,
 * once it may be renewed. `which` narrows them by the index of those dates.
 */
const ofTerms = (which: string): string => `select m.person_id, m.day, told.kind, m.accept_by as date
  from here cross join terms cross join told_of_terms told
  cross join lateral (
    select mb.person_id, mb.accept_by, on_day.day
    from member mb
    cross join lateral (
      select max(day_of(a.at, here.zone)) as day from terms_acceptance a
      where (a.vo_id, a.person_id, a.version) = (mb.vo_id, mb.person_id, terms.version)
    ) accepted
    cross join lateral (select (accepted.day + terms.counts_for)::date as day) until
    cross join lateral (
      select ((case when told.is_renewal then until.day else mb.accept_by end) + told.shift)::date as day
    ) on_day
    where mb.vo_id = $1 and mb.status = 'VALID' and mb.accept_by is not null
      and on_day.day > greatest(terms.since, day_of(coalesce(mb.joined_at, mb.since), here.zone), accepted.day)
      and ${isNew('on_day.day')}
      and case when told.is_renewal then on_day.day >= (until.day - interval '3 months')::date
        else until.day is null or on_day.day >= until.day end
      and not exists (
        select from notice o
        where o.vo_id = mb.vo_id and o.group_id is null and o.person_id = mb.person_id and o.guest_id is null
          and o.kind = told.kind and o.date = mb.accept_by offset 0)
      and ${which}
  ) m`

/** How far the date to accept by lies from the day of a notice, about. */
const leadOfTerms = `(case when told.is_renewal then terms.grace else interval '0' end - told.shift)`

/** Notices of the day $2. */
export const noticesDue = `with ${given}
  select m.person_id, null::integer as group_id, null::integer as guest_id, $2::date as day, told.kind, m.expires as date
  from here cross join told
  cross join lateral (
    select mb.person_id, mb.expires from member mb
    where mb.vo_id = $1
      and mb.expires between ($2::date - told.shift - ${near})::date and ($2::date - told.shift + ${near})::date
      and (mb.expires + told.shift)::date = $2 and ${isWanted}
    offset 0
  ) m
  union all
  select * from (${ofGroups}) g where g.day = $2
  union all
  select g.person_id, null, g.guest_id, g.day, g.kind, g.date from (${ofGuests(
    `g.expires between ($2::date - told.shift - ${near})::date and ($2::date - told.shift + ${near})::date offset 0`,
  )}) g where g.day = $2
  union all
  select t.person_id, null, null, t.day, t.kind, t.date from (${ofTerms(
    `mb.accept_by between ($2::date + ${leadOfTerms} - 2 * ${near})::date and ($2::date + ${leadOfTerms} + 2 * ${near})::date`,
  )}) t where t.day = $2`

/** The first day with a notice, by an index of dates for each kind: of those whose status it is about, not of all who have a date. */
export const firstNotice = `with ${given}
  select least(
    min(first.day),
    (select min(g.day) from (${ofGroups}) g),
    (select min(g.day) from (${ofGuests(
      `g.expires >= coalesce((here.reached - told.shift - ${near})::date, '-infinity') order by g.expires limit 1`,
    )}) g),
    (select min(t.day) from (${ofTerms(
      `mb.accept_by >= coalesce((here.reached + ${leadOfTerms} - 2 * ${near})::date, '-infinity')
       order by mb.accept_by limit 1`,
    )}) t))
  from here cross join told cross join unnest(told.statuses) as of(status)
  cross join lateral (
    select (mb.expires + told.shift)::date as day from member mb
    where mb.vo_id = $1 and mb.status = of.status
      and mb.expires >= coalesce((here.reached - told.shift - ${near})::date, '-infinity') and ${isWanted}
    order by mb.expires limit 1
  ) first`
