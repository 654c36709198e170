-- People, memberships and attribute values.

-- `identities` repeats table identity in output order (User document first, the rest by code point), kept by the one
-- function that binds identities: every list, snapshot and plan sorts and prints by it, and none of them has to join.
create table person (
  id integer generated always as identity primary key,
  identities text[] collate "C" not null default '{}',
  created_at timestamptz not null
);

create table identity (
  id integer generated always as identity unique,
  ref text collate "C" primary key,
  person_id integer not null references person,
  source text collate "C" not null generated always as (split_part(ref, '/', 1)) stored,
  position integer,
  created_at timestamptz not null
);
create index on identity (person_id);

-- Identities of people who were erased; nobody has one again.
create table erased_identity (hash bytea primary key, at timestamptz not null);
create index on erased_identity (at);

create function is_erased(ref text) returns boolean language sql stable as $$
  select exists (select from erased_identity e where e.hash = sha256(convert_to(ref, 'UTF8')))
$$;

-- Blanks what patterns find in the texts of a value, and nothing else of it: no key, no number, no word of JSON. Only what was
-- written for people, the messages, is searched for `in_messages`; what stands elsewhere may be a word of ours.
create function blank_texts(value jsonb, everywhere text, in_messages text, instead text) returns jsonb
language plpgsql immutable parallel safe as $$
begin
  case jsonb_typeof(value)
    when 'string' then
      return to_jsonb(regexp_replace(value #>> '{}', everywhere, instead, 'g'));
    when 'array' then
      return (
        select coalesce(jsonb_agg(blank_texts(x.value, everywhere, in_messages, instead) order by x.place), '[]')
        from jsonb_array_elements(blank_texts.value) with ordinality as x(value, place));
    when 'object' then
      return (
        select coalesce(jsonb_object_agg(x.key, blank_texts(
          x.value, case x.key when 'message' then in_messages else everywhere end, in_messages, instead)), '{}')
        from jsonb_each(blank_texts.value) as x(key, value));
    else
      return value;
  end case;
end
$$;

create function refuse_erased() returns trigger language plpgsql as $$
begin
  if exists (select from erased_identity) and exists (select from new_rows n where is_erased(n.ref)) then
    raise check_violation using table = 'identity', message = 'Cannot write an identity of somebody who was erased';
  end if;
  return null;
end
$$;
create trigger identity_is_not_erased after insert on identity referencing new table as new_rows
  for each statement execute function refuse_erased();

create table user_document (
  like instance including all excluding indexes,
  person_id integer references person,
  primary key (id),
  unique (name) deferrable
);
create index on user_document (person_id);

-- The status began at `since`; each earlier one is a row of member_past.
create table member (
  vo_id integer not null references vo,
  person_id integer not null references person,
  status status not null,
  since timestamptz not null,
  primary key (vo_id, person_id)
);
create index on member (person_id);
-- Each change looks at those who wait for something; they are few.
create index on member (vo_id) where status = 'INVALID';

create table member_past (
  vo_id integer not null,
  person_id integer not null,
  status status not null,
  began timestamptz not null,
  ended timestamptz not null
);

-- One direct membership; group_id is null for a VO's own row. Its references are checked once a statement.
create table membership (
  vo_id integer not null,
  group_id integer,
  person_id integer not null,
  -- Of a row of git: the identity by which it names the member.
  identity_id integer,
  origin text not null check (origin in ('config', 'sync', 'rule', 'application', 'manager', 'sponsor')),
  origin_name text not null default '',
  status status not null default 'VALID' check (status in ('VALID', 'EXPIRED')),
  expires date,
  since timestamptz not null,
  file text,
  line integer,
  -- Of a row of git: the values that it gives the member, by the name after the dot.
  attributes jsonb,
  unique nulls not distinct (group_id, person_id, vo_id, origin, origin_name)
);
create index on membership (vo_id, person_id);
create index on membership (person_id);

create trigger references_on_insert after insert on membership referencing new table as new_rows
  for each statement execute function require_referenced('vo_id', 'vo', 'group_id', 'groups', 'person_id', 'person');
create trigger references_on_update after update on membership referencing new table as new_rows
  for each statement execute function require_referenced('vo_id', 'vo', 'group_id', 'groups', 'person_id', 'person');
create trigger membership_on_delete after delete on vo referencing old table as old_rows
  for each statement execute function require_unreferenced('membership', 'vo_id');
create trigger membership_on_delete after delete on groups referencing old table as old_rows
  for each statement execute function require_unreferenced('membership', 'group_id');
create trigger membership_on_delete after delete on person referencing old table as old_rows
  for each statement execute function require_unreferenced('membership', 'person_id');

create table membership_past (
  vo_id integer not null,
  group_id integer,
  person_id integer not null,
  origin text not null,
  origin_name text not null,
  status status not null,
  expires date,
  began timestamptz not null,
  ended timestamptz not null
);
create index on membership_past (person_id);

-- `subject` and `object` are ids of what the attribute's holder says:
--   user (person, 0)            member (person, vo)          user-facility (person, facility)
--   identity (identity, 0)      member-group (person, group) member-resource (person, resource)
--   vo, group, resource, facility, host (its own, 0)         group-resource (group, resource)
-- `origin` is who gave the value: git, nobody (made once, or anew from other values), a source, a form, somebody. `source` says
-- which source, where that is known, and counts only with origin sync.
create table attribute_value (
  attribute text collate "C" not null,
  subject integer not null,
  object integer not null default 0,
  value jsonb not null,
  origin text not null check (
    origin in ('config', 'generated', 'derived', 'sync', 'application', 'manager', 'self')),
  source text collate "C",
  primary key (attribute, subject, object)
);
create index on attribute_value (subject, object);

-- By what unique values are compared: texts ignoring case, as what differs in nothing else is one name to whoever reads it.
create function as_claimed(value jsonb) returns jsonb language sql immutable parallel safe as $$
  select case jsonb_typeof(value) when 'string' then to_jsonb(lower((value #>> '{}') collate "C")) else value end
$$;

-- Who holds a unique value, as it is compared, within all (0), a facility or a VO. Lasting rows stay when the value goes, so that no uid is
-- given twice; the others go with it.
create table attribute_unique (
  attribute text collate "C" not null,
  within integer not null,
  value jsonb not null,
  subject integer not null,
  object integer not null,
  lasting boolean not null default false,
  primary key (attribute, within, value)
);
create index on attribute_unique (subject, object);

-- Values of people who are gone, never given to anybody else: of texts a hash that knows no case, and nothing more.
create table retired_value (
  attribute text collate "C" not null,
  within integer not null,
  hash bytea not null,
  person_id integer not null references person,
  primary key (attribute, within, hash)
);

create function value_hash(value jsonb) returns bytea language sql immutable parallel safe as $$
  select sha256(convert_to(lower((value #>> '{}') collate "C"), 'UTF8'))
$$;

-- By the facility's name and never deleted: one that comes back goes on counting.
create table attribute_counter (
  attribute text collate "C" not null,
  per text collate "C" not null,
  next integer not null,
  primary key (attribute, per)
);

-- Each way in which a person reaches a resource; not aggregated, so that conditions reach the indexes.
create view reach as
select rg.resource_id, rg.group_id, g.vo_id, m.person_id, m.status
from resource_group rg
join groups g on g.id = rg.group_id
join closure c on c.above = rg.group_id
join membership m on m.group_id = c.below
union all
select rg.resource_id, rg.group_id, g.vo_id, mb.person_id, 'VALID'::status
from resource_group rg
join groups g on g.id = rg.group_id and g.is_members
join closure c on (c.above, c.below) = (g.id, g.id)
join member mb on mb.vo_id = g.vo_id;

-- What must not be missing: by the VO, and by the services of a resource after the facility's `use`. An attribute with
-- `default`, or whose values make themselves, never is. Holders that are no person's are no person's fault.
create view personal_attribute as
select q.attribute, split_part(q.attribute, '.', 1) as holder
from (select distinct attribute from (
  select jsonb_array_elements_text(coalesce(spec->'requires'->'attributes', '[]')) as attribute from vo
  union all select jsonb_array_elements_text(coalesce(spec->'requires', '[]')) from service
  union all select value from facility, jsonb_each_text(coalesce(facility.spec->'use', '{}'))
) named) q
where split_part(q.attribute, '.', 1) in ('user', 'member', 'user-facility', 'member-resource', 'member-group')
  and not exists (
    select 1 from attribute_definition d where d.name = q.attribute and (d.spec ? 'default' or d.made));

create view vo_requirement as
select vo.id as vo_id, a.attribute, a.holder
from vo
cross join lateral jsonb_array_elements_text(coalesce(vo.spec->'requires'->'attributes', '[]')) as n(name)
join personal_attribute a on a.attribute = n.name;

create view service_requirement as
select distinct r.id as resource_id, r.facility_id, s.id as service_id, n.name as asked, a.attribute, a.holder
from resource r
join resource_service rs on rs.resource_id = r.id
join service s on s.id = rs.service_id
join facility f on f.id = r.facility_id
cross join lateral jsonb_array_elements_text(coalesce(s.spec->'requires', '[]')) as n(name)
join personal_attribute a on a.attribute = coalesce(f.spec->'use'->>n.name, n.name)
where r.within_offer and r.is_lasting;

-- What services ask for that nobody waits for, as it comes by itself once somebody reaches the resource; who has none all the same
-- is left out.
create view service_wish as
select distinct r.id as resource_id, r.facility_id, s.id as service_id, d.name as attribute, split_part(d.name, '.', 1) as holder
from resource r
join resource_service rs on rs.resource_id = r.id
join service s on s.id = rs.service_id
join facility f on f.id = r.facility_id
cross join lateral jsonb_array_elements_text(coalesce(s.spec->'requires', '[]')) as n(name)
join attribute_definition d on d.made and not d.spec ? 'default' and d.name = coalesce(f.spec->'use'->>n.name, n.name)
where r.within_offer and r.is_lasting;

-- user.login is built in; what other attributes are unique, their documents say. Derived values of things are written as given ones.
create view unique_attribute as
select 'user.login' as attribute, 'true' as per, false as is_derived
union all
select name, spec->>'unique', spec ? 'derive' and name ~ '^(user|member|identity|user-facility|member-resource|member-group)[.]'
from attribute_definition where spec->>'unique' <> 'false' and name <> 'user.login';

-- The facility or VO that a value lies in, as far as it must be unique there; 0 where that is everywhere.
create function place_of_value(attribute text, subject integer, object integer, per text) returns integer
language sql stable as $$
  select case when per = 'true' then 0 else coalesce(case split_part(attribute, '.', 1) || ' ' || per
    when 'user-facility facility' then object
    when 'member vo' then object
    when 'host facility' then (select h.facility_id from facility_host h where h.id = subject)
    when 'resource facility' then (select r.facility_id from resource r where r.id = subject)
    when 'resource vo' then (select r.vo_id from resource r where r.id = subject)
    when 'group vo' then (select g.vo_id from groups g where g.id = subject)
    when 'member-group vo' then (select g.vo_id from groups g where g.id = object)
    when 'member-resource facility' then (select r.facility_id from resource r where r.id = object)
    when 'group-resource facility' then (select r.facility_id from resource r where r.id = object)
    when 'member-resource vo' then (select r.vo_id from resource r where r.id = object)
    when 'group-resource vo' then (select r.vo_id from resource r where r.id = object)
  end, 0) end
$$;
