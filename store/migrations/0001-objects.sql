-- What git declares. Every table of a document kind starts with the same columns, so that one statement per step
-- serves all kinds; whatever SQL must join on is derived from `spec` into rows of its own.
-- Names are compared by code point everywhere, so their columns carry collate "C".
-- Names are unique by deferrable constraints: one apply may swap two names.

-- Declared in the order of severity: greatest() is the worse of two, min() the best of many.
create type status as enum ('VALID', 'EXPIRED', 'INVALID', 'DISABLED');

-- A foreign key looks at the row referred to for each row written, which more than doubled the time of writing a hundred
-- thousand. Where so many come at once, these two look once a statement instead. They take no locks on what is referred
-- to: whoever writes the one and whoever deletes the other must exclude each other by a lock of their own.

-- After insert or update of `new_rows`: arguments are pairs of a column and the table whose id it names.
create function require_referenced() returns trigger language plpgsql as $$
declare
  missing bigint;
begin
  for i in 0 .. tg_nargs - 1 by 2 loop
    -- Planned anew each time, because the same session writes one row and then a hundred thousand.
    execute format(
      'select n.%1$I from new_rows n
       where n.%1$I is not null and not exists (select from %2$I r where r.id = n.%1$I) limit 1',
      tg_argv[i], tg_argv[i + 1]) into missing;
    if missing is not null then
      raise foreign_key_violation using table = tg_table_name, column = tg_argv[i],
        message = format('Cannot write %I.%I: there is no %I %s', tg_table_name, tg_argv[i], tg_argv[i + 1], missing);
    end if;
  end loop;
  return null;
end
$$;

-- After delete of `old_rows`: arguments are a table and its column that names their ids.
create function require_unreferenced() returns trigger language plpgsql as $$
declare
  held bigint;
begin
  execute format(
    'select o.id from old_rows o where exists (select from %1$I r where r.%2$I = o.id) limit 1',
    tg_argv[0], tg_argv[1]) into held;
  if held is not null then
    raise foreign_key_violation using table = tg_argv[0], column = tg_argv[1],
      message = format('Cannot delete %I %s: %I.%I still names it', tg_table_name, held, tg_argv[0], tg_argv[1]);
  end if;
  return null;
end
$$;

create table instance (
  id integer generated always as identity primary key,
  name text collate "C" not null unique deferrable,
  title text,
  description text,
  spec jsonb not null,
  governs_members boolean not null default false,
  file text not null,
  line integer not null,
  column_no integer not null,
  -- The lines of keys that messages name, by where the key stands; null where there are none.
  key_lines jsonb
);

-- The line of a key; where it is not known, that of the document.
create function line_of(key_lines jsonb, key text, line integer) returns integer language sql immutable as $$
  select coalesce((key_lines->>key)::integer, line)
$$;

create table source (like instance including all excluding indexes, primary key (id), unique (name) deferrable);

-- `made`: its values make themselves, or are derived from such. `previously`: the old names it claimed when it was last applied,
-- so that two that swapped their names do not swap them again.
create table attribute_definition (
  like instance including all excluding indexes,
  primary key (id),
  made boolean not null default false,
  previously text[] not null default '{}',
  unique (name) deferrable
);

create table service (like instance including all excluding indexes, primary key (id), unique (name) deferrable);

create table facility (like instance including all excluding indexes, primary key (id), unique (name) deferrable);

-- VOs, groups and resources may have a date; since it has come they are over, and give nobody access.
create table vo (
  like instance including all excluding indexes,
  primary key (id),
  over_since timestamptz,
  unique (name) deferrable
);

-- Whether a VO has only members whom git, a source or a rule holds; it agrees with `isExclusive` in core.
create function is_exclusive(vo vo) returns boolean language sql immutable as $$
  select vo.governs_members and vo.spec @> '{"exclusive": true}'
$$;

-- `members` of each VO is a row without a document (is_members): it stands for table member.
create table groups (
  like instance including all excluding indexes,
  primary key (id),
  vo_id integer not null references vo,
  is_members boolean not null default false,
  -- Digest of where git names its members, as table membership has it; null where that is not known.
  row_places text,
  over_since timestamptz,
  unique (vo_id, name) deferrable
);

create table resource (
  like instance including all excluding indexes,
  primary key (id),
  vo_id integer not null references vo,
  facility_id integer not null references facility,
  within_offer boolean not null default false,
  over_since timestamptz,
  -- Neither it nor its VO is over.
  is_lasting boolean not null default true,
  -- The levels of assurance that its offer asks for, one of which is enough; null where any will do.
  accepts smallint[],
  unique (vo_id, name) deferrable
);
create index on resource (facility_id);

create table edge (
  above integer not null references groups on delete cascade,
  below integer not null references groups on delete cascade,
  kind text not null check (kind in ('parent', 'include')),
  since timestamptz not null,
  primary key (above, below, kind)
);
create index on edge (below);

create table edge_past (
  above integer not null,
  below integer not null,
  kind text not null,
  began timestamptz not null,
  ended timestamptz not null
);

-- Pairs of groups only, each group with itself; memberships are never multiplied out. Groups that are over, or whose VO is,
-- count as empty: they stand in no pair.
create table closure (
  above integer not null references groups on delete cascade,
  below integer not null references groups on delete cascade,
  primary key (above, below)
);
create index on closure (below, above);

create table resource_group (
  resource_id integer not null references resource on delete cascade,
  group_id integer not null references groups,
  subgroups boolean not null,
  since timestamptz not null,
  primary key (resource_id, group_id)
);
create index on resource_group (group_id);

-- What the documents of resources ask for; table resource_group is brought to it.
create view declared_assignment as
select named.resource_id, g.id as group_id, bool_or(named.subgroups) as subgroups,
  coalesce((array_agg(named.attributes order by named.place) filter (where named.attributes is not null))[1], '{}') as attributes
from (
  select r.id as resource_id, r.vo_id,
    case jsonb_typeof(n.entry) when 'string' then n.entry #>> '{}' else n.entry->>'group' end as name,
    coalesce((case jsonb_typeof(n.entry) when 'object' then n.entry->>'subgroups' end)::boolean, false) as subgroups,
    case jsonb_typeof(n.entry) when 'object' then n.entry->'attributes' end as attributes, n.place
  from resource r
  cross join lateral jsonb_array_elements(coalesce(r.spec->'groups', '[]')) with ordinality as n(entry, place)
) named
join vo on case when named.name like '%/%' then vo.name = split_part(named.name, '/', 1) else vo.id = named.vo_id end
join groups g on g.vo_id = vo.id and g.name = regexp_replace(named.name, '^.*/', '')
group by 1, 2;

create table resource_group_past (
  resource_id integer not null,
  group_id integer not null,
  subgroups boolean not null,
  began timestamptz not null,
  ended timestamptz not null
);

create table resource_service (
  resource_id integer not null references resource on delete cascade,
  service_id integer not null references service,
  primary key (resource_id, service_id)
);
create index on resource_service (service_id);

create table resource_tag (
  resource_id integer not null references resource on delete cascade,
  tag text collate "C" not null,
  primary key (resource_id, tag)
);

create table facility_host (
  id integer generated always as identity primary key,
  facility_id integer not null references facility on delete cascade,
  name text collate "C" not null,
  unique (facility_id, name)
);

create table facility_owner (
  facility_id integer not null references facility on delete cascade,
  position integer not null,
  name text not null,
  email text,
  type text,
  primary key (facility_id, position)
);

-- The VO stands by name: an offer may be made before the VO exists.
create table offer (
  facility_id integer not null references facility on delete cascade,
  name text collate "C" not null,
  vo text collate "C" not null,
  services text[],
  max_members integer,
  attributes jsonb not null,
  primary key (facility_id, name)
);

create table facility_service (
  facility_id integer not null references facility on delete cascade,
  service_id integer not null references service,
  options jsonb not null,
  primary key (facility_id, service_id)
);
create index on facility_service (service_id);

create table destination (
  id integer generated always as identity primary key,
  facility_id integer not null references facility on delete cascade,
  name text collate "C" not null,
  type text not null,
  options jsonb not null,
  services text[] not null,
  unique (facility_id, name)
);
