-- What the guard of deliveries compares: how many lines came out, and of each kind how many went in. Null where nobody counted.
alter table snapshot add column lines integer, add column given jsonb;

-- A snapshot that loses more than any change of access explains: stored with the number after the newest one, and not the
-- newest before somebody approves it. A later one takes its place, or ends it.
create table held_snapshot (
  snapshot_id integer primary key references snapshot on delete cascade,
  lost integer not null,
  -- Lines before.
  base integer not null,
  -- As people read it.
  allowed text not null,
  since timestamptz not null
);
