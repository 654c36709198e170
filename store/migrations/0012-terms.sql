-- Terms of VOs, and who accepted them.

-- Each time that a version came into force, in the order of ids. Open ones follow each other without a gap up to now; they
-- are closed together when the VO has no terms any more.
create table terms_version (
  id integer generated always as identity primary key,
  vo_id integer not null references vo on delete cascade,
  version text collate "C" not null,
  sha256 text not null,
  text text not null,
  since timestamptz not null,
  closed boolean not null default false
);
create index on terms_version (vo_id);

-- Versions that were announced, each told to the members once.
create table terms_announcement (
  vo_id integer not null references vo on delete cascade,
  version text collate "C" not null,
  at timestamptz not null,
  primary key (vo_id, version)
);

-- Each acceptance stays, also where a later one counts longer. `how`: by the person, by an owner of the account, by an operator who
-- has it in writing, or with a form.
create table terms_acceptance (
  id integer generated always as identity primary key,
  vo_id integer not null references vo on delete cascade,
  person_id integer not null references person,
  version text collate "C" not null,
  sha256 text not null,
  at timestamptz not null,
  how text not null check (how in ('self', 'owner', 'recorded', 'form')),
  actor text not null,
  authentication text
);
create index on terms_acceptance (vo_id, person_id);
create index on terms_acceptance (person_id);

-- Those of memberships that were deleted: who comes back accepts anew.
create table terms_acceptance_past (
  like terms_acceptance,
  ended timestamptz not null,
  foreign key (vo_id) references vo on delete cascade,
  foreign key (person_id) references person
);
create index on terms_acceptance_past (vo_id);
create index on terms_acceptance_past (person_id);

-- `accept_by` is the first day on which the member is INVALID unless they accept the terms; null where there is nothing to
-- accept. It is kept by the functions that begin memberships, change terms and record acceptances.
alter table member
  add column joined_at timestamptz,
  add column accept_by date;
create index on member (vo_id, accept_by) where accept_by is not null and status = 'VALID';

-- The first day on which a member who joined then is INVALID unless they accept; null where there is nothing to accept. It
-- agrees with `acceptBy` in core.
create function accept_by(vo vo, person integer, joined timestamptz, zone text) returns date language sql stable as $$
  with accepted as (
    select a.version, day_of(max(a.at), zone) as day
    from terms_acceptance a where a.vo_id = vo.id and a.person_id = person group by 1
  ), asked as (
    select v.id, a.day is not null as is_accepted,
      lead(day_of(v.since, zone)) over (order by v.id) as next,
      -- From when the grace counts.
      greatest(day_of(v.since, zone), day_of(joined, zone), case when a.day is not null then
        coalesce((a.day + (vo.spec->'terms'->>'resignEvery')::interval)::date, 'infinity') end) as day
    from terms_version v left join accepted a on a.version = v.version
    where v.vo_id = vo.id and not v.closed
  ), due as (
    select id, is_accepted, next, case when day < 'infinity'
      then least((day + coalesce(vo.spec->'terms'->>'grace', 'P0D')::interval)::date, '9999-12-31') else day end as day
    from asked
  )
  select nullif(min(day), 'infinity') from due
  where id >= coalesce((select max(id) from due where is_accepted), 0) and (next is null or day <= next)
$$;

-- Whether a person has no acceptance of the terms in force that counts on a day.
create function owes_acceptance(vo vo, person integer, today date, zone text) returns boolean language sql stable as $$
  select vo.spec ? 'terms' and not exists (
    select from terms_acceptance a
    where (a.vo_id, a.person_id, a.version) = (vo.id, person, vo.spec->'terms'->>'version')
      and coalesce(today < (day_of(a.at, zone) + (vo.spec->'terms'->>'resignEvery')::interval)::date, true))
$$;
