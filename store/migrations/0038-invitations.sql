-- Invitations to apply for a membership.

create type invitation_state as enum ('open', 'accepted', 'declined', 'revoked', 'expired', 'target-gone');

-- Whether somebody who invited is to be told of an end.
create function ends_untold(state invitation_state, inviter integer, told_at timestamptz, changed_at timestamptz)
returns boolean language sql immutable as $$
  select state in ('accepted', 'declined', 'expired', 'target-gone') and inviter is not null and (told_at is null or told_at < changed_at)
$$;

-- `vo` and `group_name` are names as they were last known. The key itself is nowhere: it is made while the mail goes out.
create table invitation (
  id integer generated always as identity primary key,
  vo_id integer references vo on delete set null,
  group_id integer references groups on delete set null,
  vo text collate "C" not null,
  group_name text collate "C",
  -- Null once it was forgotten.
  address text,
  name text,
  language text,
  message text not null default '',
  is_pre_approved boolean not null,
  -- Who invited; null for the system's own user.
  person_id integer references person,
  actor text not null,
  authentication text,
  state invitation_state not null default 'open',
  -- The first day on which it counts no more.
  until date not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  ended_by text,
  reason text not null default '',
  key_hash bytea unique,
  -- Counts the mails that were wanted.
  sending integer not null default 1,
  -- Of those that came in one file: its hash, so that nobody is invited twice by it.
  batch text collate "C",
  -- When whoever invited was told what became of it.
  told_at timestamptz,
  -- Ended by the clock of the VO, all at once, or by a workflow of its own.
  is_ended_by_clock boolean not null
);
create unique index on invitation (vo_id, coalesce(group_id, 0), lower(address)) where state = 'open';
create unique index on invitation (batch, vo_id, coalesce(group_id, 0), lower(address)) where batch is not null;
create index on invitation (vo_id, until) where state = 'open' and is_ended_by_clock;
create index on invitation (vo_id, changed_at) where state <> 'open' and address is not null;
create index on invitation (changed_at) where ends_untold(state, person_id, told_at, changed_at);
create index on invitation (group_id);
create index on invitation (person_id);
create index on invitation (lower(address));

-- By which invitation somebody came to apply.
alter table application add column invitation_id integer references invitation on delete set null;
create index on application (invitation_id);

-- An approval that the inviter gave with the invitation.
alter table application_act add column by_invitation boolean not null default false;

-- Insert-only: invitations whose end may be another; the relay deletes exactly the rows that it has seen.
create table invitation_wake (
  id bigint generated always as identity primary key,
  invitation_id integer not null
);

-- The key of the mail by which an invitation goes out; each time that it is sent again it is another one.
create function mail_key(i invitation) returns text language sql immutable as $$
  select 'invitation/' || i.id || '/' || i.sending
$$;

-- The invitation that a mail brings; null for other mails.
create function invitation_in(mail_key text) returns integer language sql immutable as $$
  select case when mail_key ~ '^invitation/\d{1,9}/\d+$' then split_part(mail_key, '/', 2)::integer end
$$;

-- A mail that tells what is not to be told any more, or with an invitation that has ended or goes out anew.
create or replace function is_overtaken(mail bigint) returns boolean language sql stable as $$
  select exists (select from notice n where n.mail_id = mail and why_untold(n) is not null)
  or exists (
    select 1 from mail m left join invitation i on i.id = invitation_in(m.key) and i.state = 'open' and mail_key(i) = m.key
    where m.id = mail and invitation_in(m.key) is not null and i.id is null)
$$;
