-- Addresses that people have confirmed, and what went out for them to do so.

-- Of a person, or of whoever applied while nobody knows them. It says nothing of who they are: no level comes of it.
create table confirmed_address (
  id bigint generated always as identity primary key,
  person_id integer references person,
  application_id integer references application on delete cascade,
  -- Its domain in lower case.
  address text collate "C" not null,
  at timestamptz not null,
  -- By a key that went there, or as the source of an identity says so.
  how text not null check (how in ('key', 'source')),
  check (person_id is not null or application_id is not null)
);
create index on confirmed_address (person_id);
create index on confirmed_address (application_id);

-- The address of an application that has to be confirmed. The key itself is nowhere: it is made while the mail goes out.
create table verification (
  id bigint generated always as identity primary key,
  application_id integer not null references application on delete cascade,
  address text collate "C" not null,
  -- Counts the mails that were asked for.
  asked integer not null default 1,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  key_hash bytea unique,
  -- By which it was confirmed.
  act_id bigint references application_act on delete cascade,
  unique (application_id, address)
);
create index on verification (act_id);

-- The key of the mail that was asked for last.
create function mail_key(v verification) returns text language sql immutable as $$
  select 'verification/' || v.id || '/' || v.asked
$$;

-- An address by which those that reach the same mailbox are the same.
create function as_address(said text) returns text language sql immutable parallel safe as $$
  select regexp_replace(said, '@[^@]*$', '') || lower(substring(said from '@[^@]*$'))
$$;
