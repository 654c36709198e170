-- What external sources say of who is in a VO or group.

-- A group, or a VO itself (group_id is null), that a source fills. Who leaves an authoritative one loses the VO.
create table sync (
  id integer generated always as identity primary key,
  vo_id integer not null references vo on delete cascade,
  group_id integer references groups on delete cascade,
  source text collate "C" not null,
  -- Whether the source says who is in it, or which groups lie below it.
  kind text not null default 'members' check (kind in ('members', 'structure')),
  authoritative boolean not null,
  unique nulls not distinct (vo_id, group_id, source, kind)
);

create table sync_run (
  id integer generated always as identity primary key,
  sync_id integer not null references sync on delete cascade,
  at timestamptz not null,
  outcome text not null check (outcome in ('changed', 'unchanged', 'held', 'incomplete', 'failed')),
  subjects integer not null,
  added integer not null default 0,
  changed integer not null default 0,
  removed integer not null default 0,
  -- The same by group, of a run that is spread over groups.
  groups jsonb,
  -- What was not done, as counts by reason.
  skipped jsonb not null default '{}',
  -- Of a held run: what an approval would name, and why it needs one.
  digest text,
  reasons jsonb,
  error text
);
create index on sync_run (sync_id, id);

-- An approval of a run that was held is for the next run of the same sync, not for a commit.
alter table approval add column sync_id integer references sync on delete cascade;
create index on approval (sync_id) where spent_at is null and sync_id is not null;

-- Who was missing in so many complete reads one after the other; who is there has no row.
create table sync_absence (
  sync_id integer not null references sync on delete cascade,
  person_id integer not null references person,
  runs smallint not null,
  -- When the first of these reads was.
  since timestamptz not null,
  primary key (sync_id, person_id)
);

-- Whether a VALID row holds a member of a VO even where sources have let go: one of an authoritative group, or of another origin.
create function outlives_sync(vo_id integer, person_id integer) returns boolean language sql stable as $$
  select exists (
    select from membership m
    where (m.vo_id, m.person_id) = (outlives_sync.vo_id, outlives_sync.person_id) and m.status = 'VALID'
      and case m.origin
        when 'sync' then exists (
          select from sync s
          where s.vo_id = m.vo_id and s.group_id is not distinct from m.group_id and s.source = m.origin_name and s.authoritative)
        else m.group_id is null or m.origin in ('config', 'rule') end)
$$;

-- What sources say of people that is not in force, as one of more authority says something else; and of lists that somebody gave, the
-- entries that a source brought.
create table attribute_aside (
  attribute text collate "C" not null,
  subject integer not null,
  object integer not null default 0,
  source text collate "C" not null,
  value jsonb not null,
  primary key (attribute, subject, object, source)
);
