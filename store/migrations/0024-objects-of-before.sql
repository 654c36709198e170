-- What objects were called before, where they lay, and what is gone.

-- Until when something had a name and, of a resource, lay on a facility; its present ones stand with itself.
create table object_past (
  kind text not null check (kind in ('VO', 'Group', 'Resource', 'Facility', 'Service')),
  object_id integer not null,
  vo_id integer,
  name text collate "C" not null,
  facility_id integer,
  began timestamptz not null,
  ended timestamptz not null
);
create index on object_past (kind, object_id, ended);
create index on object_past (kind, name);
create index on object_past (vo_id) where vo_id is not null;

create view named_object as
select 'VO' as kind, id, null::integer as vo_id, name, null::integer as facility_id, false as is_members, file, line from vo
union all
select 'Group', id, vo_id, name, null, is_members, file, line from groups
union all
select 'Resource', id, vo_id, name, facility_id, false, file, line from resource
union all
select 'Facility', id, null, name, null, false, file, line from facility
union all
select 'Service', id, null, name, null, false, file, line from service;

-- Things as they were called and lay at a moment, what is gone among them; with their places in git now, if they have one.
create function object_at(of_kind text, moment timestamptz)
returns table (id integer, vo_id integer, name text, facility_id integer, is_members boolean, file text, line integer)
language sql stable as $$
  select o.id, coalesce(p.vo_id, o.vo_id), coalesce(p.name, o.name), coalesce(p.facility_id, o.facility_id), o.is_members, o.file, o.line
  from named_object o
  left join lateral (
    select p.vo_id, p.name, p.facility_id from object_past p
    where p.kind = of_kind and p.object_id = o.id and p.ended > moment order by p.ended limit 1
  ) p on true
  where o.kind = of_kind
  union all
  (select distinct on (p.object_id) p.object_id, p.vo_id, p.name, p.facility_id, p.kind = 'Group' and p.name = 'members', null, null
   from object_past p
   where p.kind = of_kind and p.ended > moment
     and not exists (select from named_object o where o.kind = of_kind and o.id = p.object_id)
   order by p.object_id, p.ended)
$$;

-- A group with everything that lay in it and did not count as empty, by nesting or include; groups that are gone too.
create or replace function closure_at(root integer, moment timestamptz)
returns table (above integer, below integer) language sql stable as $$
  with recursive over as materialized (
    select * from over_at(moment)
  ), gone as materialized (
    select o.id from over o where o.kind = 'Group'
    union
    select g.id from over o join groups g on o.kind = 'VO' and g.vo_id = o.id
    union
    select p.object_id from over o join object_past p on o.kind = 'VO' and p.kind = 'Group' and p.vo_id = o.id
  ), walk(below) as (
    select root where root not in (select id from gone)
    union
    select e.below from walk join edge_at(moment) e on e.above = walk.below where e.below not in (select id from gone)
  )
  select root, walk.below from walk
$$;
