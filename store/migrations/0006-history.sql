-- What was in force at a moment, from the current tables and the past ones.

create index on member_past (vo_id, person_id);
create index on membership_past (vo_id, group_id);
create index on edge_past (above);
create index on resource_group_past (resource_id);

create function member_at(moment timestamptz)
returns table (vo_id integer, person_id integer, status status, reason text) language sql stable as $$
  select m.vo_id, m.person_id, m.status, m.reason from member m where m.since <= moment
  union all
  select m.vo_id, m.person_id, m.status, m.reason from member_past m where m.began <= moment and m.ended > moment
$$;

create function membership_at(moment timestamptz)
returns table (vo_id integer, group_id integer, person_id integer, origin text, origin_name text, status status,
  expires date, file text, line integer)
language sql stable as $$
  select m.vo_id, m.group_id, m.person_id, m.origin, m.origin_name, m.status, m.expires, m.file, m.line
  from membership m where coalesce(m.status_since, m.since) <= moment
  union all
  select m.vo_id, m.group_id, m.person_id, m.origin, m.origin_name, m.status, m.expires, null, null
  from membership_past m where m.began <= moment and m.ended > moment
$$;

create function edge_at(moment timestamptz) returns table (above integer, below integer) language sql stable as $$
  select e.above, e.below from edge e where e.since <= moment
  union all
  select e.above, e.below from edge_past e where e.began <= moment and e.ended > moment
$$;

create function assignment_at(moment timestamptz)
returns table (resource_id integer, group_id integer) language sql stable as $$
  select rg.resource_id, rg.group_id from resource_group rg where rg.since <= moment
  union all
  select rg.resource_id, rg.group_id from resource_group_past rg where rg.began <= moment and rg.ended > moment
$$;
