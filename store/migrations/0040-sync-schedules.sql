-- When syncs are due, as Temporal was last told.

create table sync_schedule (
  -- Of the Schedule, and of the workflow that it asks for.
  id text collate "C" primary key,
  -- Of all that the documents say of the sync: told again where it is another one.
  hash text not null
);

-- What a sync last read of the configuration repository; `hash` is empty where there was no such file.
create table sync_file (
  id text collate "C" not null,
  path text collate "C" not null,
  hash text not null,
  primary key (id, path)
);
