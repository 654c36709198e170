-- Work in hand: runs, holds, outbox, snapshots, deliveries.

create sequence fence_epoch;
create table fence (scope text primary key, epoch integer not null);

create table reconcile_run (
  id integer generated always as identity primary key,
  commit text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  outcome text,
  findings jsonb not null default '[]',
  -- True once the commit was planned: from then on the run may have brought some of it into force.
  planned boolean not null default false
);

create table applied (scope text collate "C" primary key, commit text not null, at timestamptz not null);

-- Of a commit the whole scope is held. Any other change is held by itself: what it is about (people by their ids), whose
-- it is and why stand beside it, until it is over.
create table hold (
  id integer generated always as identity primary key,
  scope text collate "C" not null,
  kind text not null default 'commit' check (kind in ('commit', 'act', 'sync', 'review')),
  digest text not null,
  commit text check ((commit is not null) = (kind = 'commit')),
  -- Hash of change, by and reason: the same again is the same hold.
  content text check ((content is null) = (kind = 'commit')),
  change jsonb,
  by text,
  -- Whoever that was, where it is somebody: identities move.
  asker integer references person,
  -- How it was known that it was they.
  authentication text,
  reason text,
  reasons jsonb not null,
  losses jsonb not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  outcome text,
  check (num_nulls(change, by, reason) = case when kind = 'commit' or closed_at is not null then 3 else 0 end)
);
create unique index on hold (scope) where closed_at is null and kind = 'commit';
create unique index on hold (content) where closed_at is null and kind <> 'commit';
create index on hold (digest);

-- Insert-only: changes that are held, or no longer; the relay deletes exactly the rows that it has folded.
create table hold_wake (
  id bigint generated always as identity primary key,
  hold_id integer not null,
  -- The scope under which it was held before, where its VO has another name now.
  left_scope text collate "C"
);

create table approval (
  id integer generated always as identity primary key,
  scope text collate "C" not null,
  digest text not null,
  losses jsonb not null,
  reasons jsonb not null,
  by text not null,
  reason text not null,
  at timestamptz not null,
  spent_at timestamptz
);
create index on approval (scope) where spent_at is null;

create table frozen (scope text collate "C" primary key, by text not null, reason text not null, at timestamptz not null);
create table pin (one boolean primary key default true check (one), commit text not null, by text not null, at timestamptz not null);

-- Who lost what within the guard's window. The set stands by name: it may be gone.
create table loss (
  scope text not null,
  kind text not null check (kind in ('vo', 'group', 'resource', 'facility', 'source')),
  vo text collate "C" not null default '',
  name text collate "C" not null,
  person_id integer not null references person,
  at timestamptz not null,
  primary key (kind, vo, name, person_id)
);

-- Insert-only; the relay deletes exactly the rows it has folded, never a range, because ids commit out of order.
create table outbox (
  id bigint generated always as identity primary key,
  facility_id integer not null,
  service_id integer not null,
  priority smallint not null,
  at timestamptz not null
);

-- `wanted` is drawn from one sequence, so that a facility made again is never taken for one already done. Only the
-- relay writes this table: what a snapshot has reached stands in snapshot_head, or each fold during a snapshot
-- would end that in a serialization failure.
create sequence stale_wanted;
create table stale (
  facility_id integer not null,
  service_id integer not null,
  wanted bigint not null,
  since timestamptz not null,
  primary key (facility_id, service_id),
  foreign key (facility_id, service_id) references facility_service on delete cascade
);

-- By name and never deleted: a facility that comes back goes on counting, because destinations refuse what is older.
create table snapshot_head (
  facility text collate "C" not null,
  service text collate "C" not null,
  generation integer not null default 0,
  hash text,
  snapshotted bigint not null default 0,
  -- Why the last snapshot could not be made; null when it could.
  error text,
  primary key (facility, service)
);

create table snapshot (
  id integer generated always as identity primary key,
  facility text collate "C" not null,
  service text collate "C" not null,
  generation integer not null,
  hash text not null,
  made_at timestamptz not null,
  unique (facility, service, generation)
);

-- `size` without the generation, which takes `slots` places.
create table snapshot_file (
  snapshot_id integer not null references snapshot on delete cascade,
  path text collate "C" not null,
  size bigint not null,
  slots integer not null,
  primary key (snapshot_id, path)
);

-- At most 1 MB each; null stands for the generation.
create table snapshot_chunk (
  snapshot_id integer not null references snapshot on delete cascade,
  path text collate "C" not null,
  number integer not null,
  bytes bytea,
  primary key (snapshot_id, path, number)
);
-- Text of accounts compresses, but the time it takes is worth more than the day's space.
alter table snapshot_chunk alter column bytes set storage external;

create table delivery (
  destination_id integer not null references destination on delete cascade,
  service_id integer not null references service on delete cascade,
  generation integer,
  hash text,
  delivered_at timestamptz,
  attempted_generation integer,
  failures integer not null default 0,
  failing_since timestamptz,
  error text,
  primary key (destination_id, service_id)
);
