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
