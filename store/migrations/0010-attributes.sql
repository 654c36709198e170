-- Values of attributes: where git gives them, and who shows them.

-- What the newest snapshot asked for, after the facility's `use`; null before the first. A change of one of these values
-- may change its files, and of no other.
alter table snapshot_head add column needs text[];

-- Where git gives a value, as `file:line`; null where it does not.
create function place_in_git(attribute text, subject integer, object integer) returns text language sql stable as $$
  select case split_part(attribute, '.', 1)
    when 'user' then (
      select d.file || ':' || line_of(d.key_lines, 'attributes.' || n.name, d.line) from user_document d
      where d.person_id = subject and d.spec->'attributes' ? n.name limit 1)
    when 'member' then (
      select m.file || ':' || line_of(o.key_lines, 'members.' || i.ref || '.attributes.' || n.name, m.line)
      from membership m join vo o on o.id = m.vo_id left join identity i on i.id = m.identity_id
      where (m.vo_id, m.person_id) = (object, subject) and m.group_id is null and m.attributes ? n.name limit 1)
    when 'member-group' then (
      select m.file || ':' || line_of(o.key_lines, 'members.' || i.ref || '.attributes.' || n.name, m.line)
      from membership m join groups o on o.id = m.group_id left join identity i on i.id = m.identity_id
      where (m.group_id, m.person_id) = (object, subject) and m.attributes ? n.name limit 1)
    when 'vo' then (
      select o.file || ':' || line_of(o.key_lines, 'attributes.' || n.name, o.line) from vo o where o.id = subject)
    when 'group' then (
      select o.file || ':' || line_of(o.key_lines, 'attributes.' || n.name, o.line) from groups o where o.id = subject)
    when 'resource' then (
      select o.file || ':' || line_of(o.key_lines, 'attributes.' || n.name, o.line) from resource o where o.id = subject)
    when 'group-resource' then (
      select o.file || ':' || line_of(o.key_lines, 'groups.' || g.name || '.attributes.' || n.name,
        line_of(o.key_lines, 'groups.' || vo.name || '/' || g.name || '.attributes.' || n.name, o.line))
      from resource o, groups g join vo on vo.id = g.vo_id where o.id = object and g.id = subject)
    when 'facility' then (
      select o.file || ':' || line_of(o.key_lines, 'attributes.' || n.name, o.line) from facility o where o.id = subject)
    when 'host' then (
      select o.file || ':' || line_of(o.key_lines, 'hosts.' || h.name || '.attributes.' || n.name, o.line)
      from facility_host h join facility o on o.id = h.facility_id where h.id = subject)
  end
  from (select split_part(attribute, '.', 2) as name) n
$$;

-- Values of people that stand in a list no more which their attribute names; nobody has them until the list has them again.
create table attribute_outside (like attribute_value including all);

-- Whether a value of a person stands outside a list that its attribute names; which that is, `object` says.
create function is_outside(attribute text, object integer, value jsonb) returns boolean language sql stable as $$
  select exists (
    select from attribute_definition d
    cross join lateral jsonb_array_elements_text(coalesce(d.spec->'within', '[]')) as n(name)
    cross join lateral (
      select case split_part(d.name, '.', 1)
        when 'member-resource' then (
          select case split_part(n.name, '.', 1) when 'facility' then r.facility_id when 'vo' then r.vo_id else r.id end
          from resource r where r.id = is_outside.object)
        when 'member-group' then (
          select case split_part(n.name, '.', 1) when 'vo' then g.vo_id else g.id end from groups g where g.id = is_outside.object)
        else is_outside.object end as subject
    ) list
    join attribute_value v on (v.attribute, v.subject, v.object) = (n.name, list.subject, 0)
    where d.name = is_outside.attribute and not v.value @> is_outside.value)
$$;

-- The lists that a value of a person has to stand in, those that its attribute names and those that these must stand in
-- themselves: what gives each, and whether it has the value; those that lack it first.
create function lists_around(attribute text, object integer, value jsonb)
returns table (list text, at text, has boolean) language sql stable as $$
  with recursive named(name, depth) as (
    select lists_around.attribute, 0
    union
    select n.name, named.depth + 1
    from named join attribute_definition d on d.name = named.name
    cross join lateral jsonb_array_elements_text(coalesce(d.spec->'within', '[]')) as n(name)
    -- A resource's list, a VO's, a facility's; more only in a circle.
    where named.depth < 3
  ), place as materialized (
    select case h.holder when 'member' then lists_around.object else coalesce(r.vo_id, g.vo_id) end as vo, r.id as resource, g.id as "group",
      case h.holder when 'user-facility' then lists_around.object else r.facility_id end as facility
    from (select split_part(lists_around.attribute, '.', 1) as holder) h
    left join resource r on h.holder = 'member-resource' and r.id = lists_around.object
    left join groups g on h.holder = 'member-group' and g.id = lists_around.object
  )
  select l.name, place_in_git(l.name, holder.id, 0), v.value @> lists_around.value
  from (select name, min(depth) as depth from named where depth > 0 group by 1) l
  cross join place p
  cross join lateral (
    select case split_part(l.name, '.', 1) when 'vo' then p.vo when 'resource' then p.resource when 'group' then p."group" else p.facility end as id
    union
    -- What a VO may have is what the facilities offer that it has resources on.
    select r.facility_id from resource r
    where l.name like 'facility.%' and p.facility is null and r.vo_id = p.vo
  ) holder
  join attribute_value v on (v.attribute, v.subject, v.object) = (l.name, holder.id, 0)
  order by 3, l.depth, 1, 2
$$;
