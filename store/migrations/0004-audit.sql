-- The audit trail. To check it from outside, compute with SHA-256 over bytes:
--   detail_hash = sha256(salt ‖ utf8(personal::text))
--   event hash  = sha256(utf8(jsonb_build_array(at, actor, authentication, commit, action, kind, vo, name)::text) ‖ detail_hash)
--                 (at in UTC as 2026-01-31T12:00:00.000000Z; ", " between the elements; null where absent)
--   chain hash  = sha256(hash of the row before, or nothing ‖ utf8(number ‖ ' ' ‖ number of events ‖ ' ') ‖ the event hashes by id)
-- An erased event_detail leaves detail_hash, so the chain stays whole.

create sequence event_batch;

create table event (
  id bigint generated always as identity primary key,
  batch bigint not null,
  at timestamptz not null,
  actor text not null,
  -- How it is known that it was they; null where Guildhall itself acts, or a commit.
  authentication text,
  commit text,
  action text not null,
  kind text not null,
  vo text collate "C",
  name text collate "C" not null,
  detail_hash bytea not null,
  hash bytea not null
);
create index on event (batch);

-- Whose events a transaction has, by the name that the VO had: an index of every event would cost each of them.
create table event_vo (
  vo text collate "C" not null,
  batch bigint not null,
  primary key (vo, batch)
);

create table event_detail (
  event_id bigint primary key,
  salt bytea not null,
  personal jsonb not null
);
create trigger references_on_insert after insert on event_detail referencing new table as new_rows
  for each statement execute function require_referenced('event_id', 'event');
create trigger references_on_update after update on event_detail referencing new table as new_rows
  for each statement execute function require_referenced('event_id', 'event');
create trigger event_detail_on_delete after delete on event referencing old table as old_rows
  for each statement execute function require_unreferenced('event_detail', 'event_id');

-- One row per transaction, numbered without gaps.
create table chain (
  number bigint primary key,
  batch bigint not null unique,
  events integer not null,
  hash bytea not null,
  at timestamptz not null
);
create index on chain (at);

-- Repeats the newest row of chain, so that a tail cut off shows unless this is falsified too.
create table chain_head (one boolean primary key default true check (one), number bigint not null, hash bytea not null);
insert into chain_head (number, hash) values (0, '');

-- What the events of one transaction have in common: the first elements of the array that is hashed.
create function event_head(at timestamptz, actor text, authentication text, commit text) returns text
language sql stable parallel safe as $$
  select left(jsonb_build_array(
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, authentication, commit)::text, -1)
$$;

create function event_hash(head text, action text, kind text, vo text, name text, detail_hash bytea) returns bytea
language sql stable parallel safe as $$
  select sha256(
    convert_to(head || ', ' || substr(jsonb_build_array(action, kind, vo, name)::text, 2), 'UTF8') || detail_hash)
$$;

create function event_hash(e event) returns bytea language sql stable parallel safe as $$
  select event_hash(event_head(e.at, e.actor, e.authentication, e.commit), e.action, e.kind, e.vo, e.name, e.detail_hash)
$$;

create function chain_hash(before bytea, number bigint, events integer, hashes bytea) returns bytea
language sql immutable parallel safe as $$
  select sha256(before || convert_to(number || ' ' || events || ' ', 'UTF8') || hashes)
$$;
