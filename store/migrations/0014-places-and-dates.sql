-- Places and dates of objects: few have any.

create index on groups (id) where spec ? 'maxMembers';
create index on vo (id) where spec ? 'maxMembers';
create index on facility (id) where spec @? '$.offers[*].maxMembers';

-- Whom the rule of a group would bring in, as far as that is known, and for whom there was no place.
create table waiting_for_place (
  group_id integer not null references rule on delete cascade,
  person_id integer not null references person,
  primary key (group_id, person_id)
);
create index on waiting_for_place (person_id);

-- VOs with groups on a resource whose offer asks for a level: what levels their members have is kept with them.
create index on resource (id) where accepts is not null;
create view levelled_vo as
select distinct g.vo_id
from resource r join resource_group rg on rg.resource_id = r.id join groups g on g.id = rg.group_id
where r.accepts is not null;

-- The levels of a person on a day, and the day from which they may be others.
create function levels_known(person integer, today date, zone text)
returns table (levels smallint[], until date) language sql stable as $$
  select array(select distinct loa::smallint from levels_on(person, today, zone) order by 1), (
    select min(level_until(i.seen_at, s.spec, zone))
    from identity i join source s on s.name = i.source
    where i.person_id = person and i.loa is not null and level_until(i.seen_at, s.spec, zone) > today)
$$;

-- Whoever makes members need not know of levels.
create function note_levels() returns trigger language plpgsql as $$
begin
  if exists (select from resource where accepts is not null) then
    update member mb set levels = known.levels, levels_since = n.since, levels_until = known.until
    from new_rows n
    join levelled_vo l on l.vo_id = n.vo_id
    cross join lateral levels_known(n.person_id, day_of(n.since, zone_of(n.vo_id)), zone_of(n.vo_id)) known
    where (mb.vo_id, mb.person_id) = (n.vo_id, n.person_id);
  end if;
  return null;
end
$$;
create trigger levels_on_insert after insert on member referencing new table as new_rows
  for each statement execute function note_levels();

create index on vo (id) where spec ? 'expires' or over_since is not null;
create index on groups (vo_id) where spec ? 'expires' or over_since is not null;
create index on resource (vo_id) where spec ? 'expires' or over_since is not null;

-- When a VO, group or resource was over that is not any more.
create table over_past (
  kind text not null check (kind in ('VO', 'Group', 'Resource')),
  object_id integer not null,
  began timestamptz not null,
  ended timestamptz not null
);
create index on over_past (object_id);

-- VOs, groups and resources with a date, or that are over.
create view ending as
select 'VO' as kind, id, id as vo_id, name, (spec->>'expires')::date as expires, over_since
from vo where spec ? 'expires' or over_since is not null
union all
select 'Group', id, vo_id, name, (spec->>'expires')::date, over_since
from groups where spec ? 'expires' or over_since is not null
union all
select 'Resource', id, vo_id, name, (spec->>'expires')::date, over_since
from resource where spec ? 'expires' or over_since is not null;

-- What was over at a moment.
create function over_at(moment timestamptz) returns table (kind text, id integer) language sql stable as $$
  select e.kind, e.id from ending e where e.over_since <= moment
  union all
  select o.kind, o.object_id from over_past o where o.began <= moment and o.ended > moment
$$;

-- A group with everything that lies in it, whatever has come to an end.
create function group_with_below(root integer) returns table (below integer) language sql stable as $$
  with recursive walk(below) as (
    select root
    union
    select e.below from walk join edge e on e.above = walk.below
  )
  select walk.below from walk
$$;

-- A notice about what has another date by now: the end of a membership, of a guest, or of the time to accept the terms.
create function is_outdated(n notice) returns boolean language sql stable as $$
  select case
    -- Whoever is out of an exclusive VO is so at once, whatever they would have been told.
    when exists (select from vo where vo.id = n.vo_id and is_exclusive(vo)) and not exists (
      select from member mb where (mb.vo_id, mb.person_id) = (n.vo_id, n.person_id))
    then true
    when n.guest_id is not null then not exists (
      select from sponsorship s join member mb using (vo_id, person_id)
      where (s.vo_id, s.person_id, s.sponsor_id) = (n.vo_id, n.guest_id, n.person_id)
        and s.expires = n.date and mb.expires = n.date and (s.leaving is not null) = (n.kind = 'countdown'))
    when n.kind like 'terms-%' then not exists (
      select from member mb join vo on vo.id = mb.vo_id
      where (mb.vo_id, mb.person_id) = (n.vo_id, n.person_id) and mb.accept_by = n.date and mb.status in ('VALID', 'INVALID')
        and (n.kind not like 'terms-new-%' or n.kind = 'terms-new-' || (vo.spec->'terms'->>'version')))
    -- That a guest's sponsor has left is so no more where somebody answers for them again, be it until the same date.
    when n.kind = 'countdown' then not exists (
      select from sponsorship s join member mb using (vo_id, person_id)
      where (s.vo_id, s.person_id) = (n.vo_id, n.person_id) and s.leaving is not null
        and s.expires = n.date and mb.expires = n.date)
    when n.group_id is null then exists (
      select from member mb where (mb.vo_id, mb.person_id) = (n.vo_id, n.person_id) and mb.expires is distinct from n.date)
    else (
      select count(*) > 0 and (case when bool_and(m.expires is not null) then max(m.expires) end) is distinct from n.date
      from membership m where (m.group_id, m.person_id) = (n.group_id, n.person_id)) end
$$;

-- Why nobody is to be told of a notice any more, if so.
create function why_untold(n notice) returns text language sql stable as $$
  select case
    when n.guest_id is null and n.kind not like 'terms-%' and exists (
      select from notices_declined d
      where (d.vo_id, d.person_id, d.date) = (n.vo_id, n.person_id, n.date) and d.group_id is not distinct from n.group_id)
    then 'declined'
    when is_outdated(n) then 'overtaken' end
$$;

create or replace function is_overtaken(mail bigint) returns boolean language sql stable as $$
  select exists (select from notice n where n.mail_id = mail and why_untold(n) is not null)
$$;
