-- What was delivered where at a moment, by names: facilities and destinations may be gone.

-- Insert-only: each delivery, and the first attempt that failed after one, with its error.
create table delivery_event (
  id bigint generated always as identity primary key,
  facility text collate "C" not null,
  service text collate "C" not null,
  destination text collate "C" not null,
  at timestamptz not null,
  generation integer not null,
  hash text,
  error text,
  check (num_nonnulls(hash, error) = 1)
);
create index on delivery_event (facility, service, destination, at);

-- Of snapshots whose files are kept no longer.
create table snapshot_past (
  facility text collate "C" not null,
  service text collate "C" not null,
  generation integer not null,
  hash text not null,
  made_at timestamptz not null,
  primary key (facility, service, generation)
);
