-- Who stands in for whom while they are away: in all VOs, in one of them, or about one application.

create table delegation (
  id integer generated always as identity primary key,
  delegator_id integer not null references person,
  delegate_id integer not null references person,
  vo_id integer references vo on delete cascade,
  application_id integer references application on delete cascade,
  reason text not null,
  starts_at timestamptz not null,
  until date,
  ends_at timestamptz,
  actor text not null,
  authentication text,
  since timestamptz not null,
  check (delegator_id <> delegate_id),
  check (num_nonnulls(vo_id, application_id) <= 1)
);
create index on delegation (delegator_id);
create index on delegation (delegate_id);
create index on delegation (vo_id) where vo_id is not null;
create index on delegation (application_id) where application_id is not null;

create table delegation_past (
  id integer primary key,
  delegator_id integer not null,
  delegate_id integer not null,
  vo_id integer,
  application_id integer,
  reason text not null,
  starts_at timestamptz not null,
  until date,
  actor text not null,
  authentication text,
  since timestamptz not null,
  ended timestamptz not null,
  ended_by text not null
);
create index on delegation_past (delegator_id);
create index on delegation_past (delegate_id);
create index on delegation_past (application_id) where application_id is not null;

-- Insert-only: delegations whose end may be another; the relay deletes exactly the rows that it has seen.
create table delegation_wake (
  id bigint generated always as identity primary key,
  delegation_id integer not null
);

-- Whoever ends a delegation, or deletes whose or what it is, need not know that something waits for its end.
create function wake_gone_delegations() returns trigger language plpgsql as $$
begin
  insert into delegation_wake (delegation_id) select id from old_rows where ends_at is not null;
  return null;
end
$$;
create trigger delegation_is_gone after delete on delegation referencing old table as old_rows
  for each statement execute function wake_gone_delegations();

-- What stood in force at a moment, also where nobody has ended yet what is over.
create function delegation_at(moment timestamptz)
returns table (id integer, delegator_id integer, delegate_id integer, vo_id integer, application_id integer)
language sql stable as $$
  select d.id, d.delegator_id, d.delegate_id, d.vo_id, d.application_id
  from delegation d where d.starts_at <= moment and (d.ends_at is null or d.ends_at > moment)
  union all
  select d.id, d.delegator_id, d.delegate_id, d.vo_id, d.application_id
  from delegation_past d where d.starts_at <= moment and d.ended > moment
$$;

-- What was delegated about one application ends with it.
create function end_delegations_about() returns trigger language plpgsql as $$
begin
  with gone as (delete from delegation where application_id = new.id returning *)
  insert into delegation_past
    (id, delegator_id, delegate_id, vo_id, application_id, reason, starts_at, until, actor, authentication, since, ended, ended_by)
  select id, delegator_id, delegate_id, vo_id, application_id, reason, starts_at, until, actor, authentication, since,
    greatest(since, new.changed_at), 'guildhall' from gone;
  return null;
end
$$;
create trigger delegations_end_with_application after update of state on application for each row
  when (new.state in ('approved', 'rejected', 'withdrawn') and old.state is distinct from new.state)
  execute function end_delegations_about();
