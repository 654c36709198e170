-- Life cycle: dates, the clock of each VO, notices, mail, bans, and what is known of identities.

-- `expires` is the latest date of the rows that hold the member, null where one of them has none; kept by the function
-- that settles members. `ended_by` says who set EXPIRED or DISABLED: `self` is who left by themselves.
alter table member
  add column expires date,
  add column date_since timestamptz,
  add column ended_by text check (ended_by in ('clock', 'person', 'self', 'sync')),
  add column reason text,
  -- The levels of assurance that count for the person, and the day from which it may be others; null where no offer asks.
  add column levels smallint[],
  add column levels_until date,
  -- Of somebody INVALID: when it was last found that this stays so, although a level had come to its end since it began.
  add column judged_at timestamptz;
create index on member (vo_id, levels_until) where levels_until is not null;
create index on member (vo_id, status, expires) where expires is not null;
create index on member (vo_id, status, since) where status in ('EXPIRED', 'DISABLED');

alter table member_past add column ended_by text, add column reason text;

-- Whether a person ended a membership, which neither git nor a source, a sponsor or a clock undoes.
create function is_by_person(ended_by text) returns boolean language sql immutable as $$
  select coalesce(ended_by in ('person', 'self'), false)
$$;

-- The status of a row began at `status_since`; a row that never changed it has none.
alter table membership
  add column status_since timestamptz,
  add column actor text;
create index on membership (vo_id, expires) where expires is not null and status = 'VALID';
create index on membership (vo_id, status_since) where status = 'EXPIRED';

alter table membership_past add column actor text;

-- Everything due up to `reached` is done.
create table clock (
  vo_id integer primary key references vo on delete cascade,
  reached timestamptz not null
);

-- Insert-only: VOs whose next due moment may be another; the relay deletes exactly the rows that it has folded.
create table clock_wake (
  id bigint generated always as identity primary key,
  vo text collate "C" not null
);

-- What is known of an identity beyond its name: the LoA it was seen with, when, and what its source said of the person.
alter table identity
  add column loa smallint check (loa >= 0),
  add column seen_at timestamptz,
  -- The source that vouched for the level, where none of the identity's own said it.
  add column vouched_by text collate "C",
  -- When that was told, which may be long after.
  add column noted_at timestamptz,
  add column attributes jsonb not null default '{}';
create index on identity (source, seen_at) where loa is not null;

-- Each notice once for (who is told, group or none, guest or none, kind, date); it is told in one mail, or was overtaken by a
-- change. Kinds that begin with `terms-` are about the terms of the VO, and `date` is the first day without access.
create table notice (
  id bigint generated always as identity primary key,
  vo_id integer not null references vo on delete cascade,
  group_id integer references groups on delete cascade,
  person_id integer not null references person,
  -- The guest of whom a sponsor is told.
  guest_id integer references person,
  kind text collate "C" not null,
  date date not null,
  due_at timestamptz not null,
  mail_id bigint,
  -- Why it is told to nobody.
  untold text check (untold in ('overtaken', 'no-address', 'declined')),
  unique nulls not distinct (vo_id, group_id, person_id, guest_id, kind, date)
);
create index on notice (vo_id, person_id) where mail_id is null and untold is null;
create index on notice (guest_id) where guest_id is not null;

-- Who wants no more notices of the end of their membership of a VO or group; another date brings them back.
create table notices_declined (
  vo_id integer not null references vo on delete cascade,
  group_id integer references groups on delete cascade,
  person_id integer not null references person,
  date date not null,
  actor text not null,
  at timestamptz not null,
  unique nulls not distinct (vo_id, person_id, group_id)
);

-- A mail is sent at most once: `ending` is written before the server is told that the message is whole, and what is
-- found in it after a crash may have arrived, so it becomes `unknown`.
create table mail (
  id bigint generated always as identity primary key,
  key text collate "C" not null unique,
  message_id text collate "C" not null unique,
  recipient text not null,
  subject text not null,
  body text not null,
  headers jsonb not null default '{}',
  person_id integer references person,
  vo_id integer references vo on delete set null,
  queued_at timestamptz not null,
  state text not null default 'queued' check (state in ('queued', 'ending', 'sent', 'unknown', 'failed', 'overtaken')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  ended_at timestamptz,
  reply text,
  -- Of the key by which notices that it tells are declined; null for mails that bring none.
  key_hash bytea
);
create index on mail (next_attempt_at) where state in ('queued', 'ending');
create unique index on mail (key_hash) where key_hash is not null;
create index on mail (person_id);
alter table notice add foreign key (mail_id) references mail;
create index on notice (mail_id) where mail_id is not null;

-- Exactly one of the three is what the person is banned from.
create table ban (
  id integer generated always as identity primary key,
  person_id integer not null references person,
  vo_id integer references vo on delete cascade,
  resource_id integer references resource on delete cascade,
  facility_id integer references facility on delete cascade,
  reason text not null,
  until date,
  ends_at timestamptz,
  actor text not null,
  authentication text,
  since timestamptz not null,
  check (num_nonnulls(vo_id, resource_id, facility_id) = 1),
  unique nulls not distinct (person_id, vo_id, resource_id, facility_id)
);
create index on ban (vo_id) where vo_id is not null;
create index on ban (resource_id) where resource_id is not null;
create index on ban (facility_id) where facility_id is not null;

create table ban_past (
  id integer primary key,
  person_id integer not null,
  vo_id integer,
  resource_id integer,
  facility_id integer,
  reason text not null,
  until date,
  actor text not null,
  authentication text,
  began timestamptz not null,
  ended timestamptz not null,
  ended_by text not null
);
create index on ban_past (person_id);

-- The time zone that a VO's days are of.
create function zone_of(vo_id integer) returns text language sql stable as $$
  select coalesce(vo.spec->>'timeZone', (select spec->>'timeZone' from instance limit 1), 'UTC') from vo where vo.id = vo_id
$$;

-- The zone of what is in no VO.
create function zone_of_instance() returns text language sql stable as $$
  select coalesce((select spec->>'timeZone' from instance limit 1), 'UTC')
$$;

-- The first moment of a day in a zone: of two midnights the earlier, and where clocks are moved over midnight the first
-- moment after it.
create function start_of(day date, zone text) returns timestamptz language sql stable as $$
  select case when (moment - interval '1 hour') at time zone zone = day::timestamp then moment - interval '1 hour' else moment end
  from (select day::timestamp at time zone zone as moment) m
$$;

-- The day that a moment lies in.
create function day_of(moment timestamptz, zone text) returns date language sql stable as $$
  select (moment at time zone zone)::date
$$;
