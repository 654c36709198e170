-- Values of attributes: where git gives them, and who shows them.

-- What the newest snapshot asked for, after the facility's `use`; null before the first. A change of one of these values
-- may change its files, and of no other.
alter table snapshot_head add column needs text[];

-- Where git gives a value, as `file:line`; null where it does not.
create function place_in_git(attribute text, subject integer, object integer) returns text language sql stable as $$
  select case split_part(attribute, '.', 1)
    when 'user' then (
      select d.file || ':' || d.line from user_document d
      where d.person_id = subject and d.spec->'attributes' ? split_part(attribute, '.', 2) limit 1)
    when 'member' then (
      select m.file || ':' || m.line from membership m
      where (m.vo_id, m.person_id) = (object, subject) and m.group_id is null and m.attributes ? split_part(attribute, '.', 2)
      limit 1)
    when 'member-group' then (
      select m.file || ':' || m.line from membership m
      where (m.group_id, m.person_id) = (object, subject) and m.attributes ? split_part(attribute, '.', 2) limit 1)
    when 'vo' then (select o.file || ':' || o.line from vo o where o.id = subject)
    when 'group' then (select o.file || ':' || o.line from groups o where o.id = subject)
    when 'resource' then (select o.file || ':' || o.line from resource o where o.id = subject)
    when 'group-resource' then (select o.file || ':' || o.line from resource o where o.id = object)
    when 'facility' then (select o.file || ':' || o.line from facility o where o.id = subject)
    when 'host' then (
      select o.file || ':' || o.line from facility_host h join facility o on o.id = h.facility_id where h.id = subject)
  end
$$;

-- Values of people that stand in a list no more which their attribute names; nobody has them until the list has them again.
create table attribute_outside (like attribute_value including all);

-- What of a value does not stand in the lists that its attribute names: the first such list, by what gives it; null where all does.
create function broken_list(attribute text, subject integer, object integer, value jsonb) returns text language sql stable as $$
  select n.name || ' of ' || place_in_git(n.name, list.subject, 0)
  from attribute_definition d
  cross join lateral jsonb_array_elements_text(coalesce(d.spec->'within', '[]')) with ordinality as n(name, place)
  cross join lateral (
    select case split_part(d.name, '.', 1)
      when 'member-resource' then (
        select case split_part(n.name, '.', 1) when 'facility' then r.facility_id when 'vo' then r.vo_id else r.id end
        from resource r where r.id = broken_list.object)
      when 'member-group' then (
        select case split_part(n.name, '.', 1) when 'vo' then g.vo_id else g.id end from groups g where g.id = broken_list.object)
      else broken_list.object end as subject
  ) list
  join attribute_value v on (v.attribute, v.subject, v.object) = (n.name, list.subject, 0)
  where d.name = broken_list.attribute and not v.value @> broken_list.value
  order by n.place limit 1
$$;
