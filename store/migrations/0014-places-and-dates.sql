-- Places and dates of objects: few have any.

create index on groups (id) where spec ? 'maxMembers';
create index on vo (id) where spec ? 'maxMembers';

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
    update member mb set levels = known.levels, levels_until = known.until
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
