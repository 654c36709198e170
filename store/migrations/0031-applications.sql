-- Applications for memberships, and who decided what about them.

create type application_state as enum
  ('unverified', 'open', 'changes-requested', 'waiting', 'approved', 'rejected', 'withdrawn');

-- `vo`, `group_name` and `form` are names as they were last known: what is applied for may go, the application stays. `person_id`
-- is null while nobody is known by the identity; `user.*` is what the identity alone says then.
create table application (
  id integer generated always as identity primary key,
  vo_id integer references vo on delete set null,
  group_id integer references groups on delete set null,
  form_id integer references form on delete set null,
  vo text collate "C" not null,
  group_name text collate "C",
  form text collate "C" not null,
  kind text not null check (kind in ('initial', 'extension')),
  identity text collate "C" not null,
  person_id integer references person,
  language text,
  state application_state not null,
  waiting_for text check (waiting_for in ('place', 'vo-member')),
  -- Counts filing and each resubmission.
  version integer not null default 1,
  -- What it is decided under, as a hash.
  policy text not null,
  filed_at timestamptz not null,
  actor text not null,
  changed_at timestamptz not null,
  -- Of the step that is open.
  step integer not null default 0,
  step_since timestamptz,
  reminded_at timestamptz,
  escalated_at timestamptz,
  -- Why it ended or waits, for whoever applied.
  reason text,
  -- The application for the VO in which the group was chosen.
  chosen_in integer references application on delete set null,
  -- When its answers went, as it is over for good.
  forgotten_at timestamptz
);
-- One that is not decided yet for each person, target and kind; what was for a group that is gone is none of these.
create unique index on application (vo_id, kind, coalesce('p' || person_id, identity))
  where group_name is null and state in ('unverified', 'open', 'changes-requested', 'waiting');
create unique index on application (group_id, kind, coalesce('p' || person_id, identity))
  where group_id is not null and state in ('unverified', 'open', 'changes-requested', 'waiting');
create index on application (person_id);
create index on application (identity);
create index on application (vo_id, state);
create index on application (group_id);
create index on application (form_id);
create index on application (chosen_in) where chosen_in is not null;
create index on application (vo_id, changed_at) where state in ('rejected', 'withdrawn') and forgotten_at is null;

create table application_answers (
  application_id integer not null references application on delete cascade,
  version integer not null,
  answers jsonb not null,
  primary key (application_id, version)
);

-- Logins that somebody applies for, as they are compared: nobody else gets them while the application is not decided. A row of one
-- that has ended holds nothing.
create table application_reservation (
  attribute text collate "C" not null,
  within integer not null,
  value jsonb not null,
  application_id integer not null references application on delete cascade,
  primary key (attribute, within, value, application_id)
);
create index on application_reservation (application_id);

-- What somebody does, written before anything comes of it; `outcome` is null until then, `done`, or why nothing came of it.
create table application_act (
  id bigint generated always as identity primary key,
  application_id integer not null references application on delete cascade,
  act text not null check (act in ('approve', 'reject', 'request-changes', 'resubmit', 'verify', 'withdraw')),
  -- Who acts; null for the system's own user.
  person_id integer references person,
  actor text not null,
  -- How it is known that it was they.
  authentication text,
  -- Whom they stand in for.
  for_person_id integer references person,
  -- The version and the policy that they saw.
  version integer not null,
  policy text not null,
  step integer,
  reason text not null default '',
  -- Of `resubmit`.
  answers jsonb,
  at timestamptz not null,
  outcome text
);
create index on application_act (application_id);
create index on application_act (person_id);
create index on application_act (application_id) where outcome is null;

-- Insert-only: applications to look at; the relay deletes exactly the rows that it has seen.
create table application_wake (
  id bigint generated always as identity primary key,
  application_id integer not null
);
