-- People who may do something, or who answer for others.

-- Whether a person is among those whom a list such as `managers` names: by an identity, or as somebody VALID in a group, which
-- without a VO of its own is one of this VO.
create function is_among(named jsonb, vo text, person integer) returns boolean language sql stable as $$
  select exists (
    select from jsonb_array_elements(named) n(holder)
    join identity i on i.ref = n.holder->>'user'
    where i.person_id = person
  ) or exists (
    select from jsonb_array_elements(named) n(holder)
    cross join lateral (
      select case when n.holder->>'group' like '%/%' then n.holder->>'group' else vo || '/' || (n.holder->>'group') end as path
    ) held
    join vo v on v.name = split_part(held.path, '/', 1)
    join member mb on (mb.vo_id, mb.person_id) = (v.id, person) and mb.status = 'VALID'
    where n.holder ? 'group' and (split_part(held.path, '/', 2) = 'members' or exists (
      select from groups g join closure c on c.above = g.id
      join membership m on m.group_id = c.below and m.person_id = person and m.status = 'VALID'
      where g.vo_id = v.id and g.name = split_part(held.path, '/', 2)))
  )
$$;

-- A row of origin sponsor has the sponsor's person for its name. Once the sponsor has left (`withdrawn` by word, or `gone`
-- because nobody names them any more), its date is near, and `date_before` is the one that it had.
alter table membership
  add column leaving text check (leaving in ('withdrawn', 'gone')),
  add column date_before date;
create index on membership (vo_id, status, expires) where origin = 'sponsor';
create index on membership (origin_name) where origin = 'sponsor';

create view sponsorship as
select m.vo_id, m.person_id, case when m.origin_name ~ '^[0-9]+$' then m.origin_name::integer end as sponsor_id, m.status, m.expires, m.leaving, m.date_before,
  coalesce(m.status_since, m.since) as since
from membership m
where m.origin = 'sponsor' and m.group_id is null;

-- Whether somebody may sponsor guests of a VO: one of those it names, unless the membership of the VO was taken from them, or they
-- are banned from it.
create function is_sponsor(vo vo, person integer) returns boolean language sql stable as $$
  select is_among(vo.spec->'sponsors', vo.name, person) and not exists (
    select from member mb where mb.vo_id = vo.id and mb.person_id = person and mb.status = 'DISABLED')
    and not exists (select from ban b where b.vo_id = vo.id and b.person_id = person)
$$;

-- Sponsors of a VO whose guests do not count as they should: the sponsor is gone and the guest not leaving, or the other way.
create function sponsorships_to_change(of_vo integer)
returns table (person_id integer, sponsor_id integer, stands boolean) language sql stable as $$
  with sponsor as materialized (
    select x.sponsor_id, is_sponsor(vo, x.sponsor_id) as stands
    from (select distinct s.sponsor_id from sponsorship s where s.vo_id = of_vo and s.status = 'VALID') x
    join vo on vo.id = of_vo
  )
  select s.person_id, s.sponsor_id, sponsor.stands
  from sponsorship s join sponsor using (sponsor_id)
  where s.vo_id = of_vo and s.status = 'VALID'
    and case when sponsor.stands then s.leaving = 'gone' else s.leaving is null end
$$;

-- Service accounts that people made by command; those of git stand in their User documents.
create table service_account (
  person_id integer primary key references person,
  purpose text not null,
  may_act text[] not null,
  since timestamptz not null,
  actor text not null
);

create table service_account_owner (
  person_id integer not null references person,
  owner_id integer not null references person,
  since timestamptz not null,
  actor text not null,
  primary key (person_id, owner_id)
);
create index on service_account_owner (owner_id);

-- Evidence: who acted for an account, or was refused to, and why.
create table service_account_act (
  id bigint generated always as identity primary key,
  person_id integer not null references person,
  owner_id integer not null references person,
  authentication text,
  what text not null,
  refused text,
  reason text not null,
  at timestamptz not null
);
create index on service_account_act (person_id, id);
create index on service_account_act (owner_id);

create index on user_document (person_id) where spec ? 'serviceAccount';
create index on user_document using gin ((spec->'serviceAccount'->'owners')) where spec ? 'serviceAccount';

create function is_service_account(person integer) returns boolean language sql stable as $$
  select exists (select from user_document d where d.person_id = person and d.spec ? 'serviceAccount')
    or exists (select from service_account a where a.person_id = person)
$$;

-- The service accounts there are.
create view account_person as
select person_id from user_document where person_id is not null and spec ? 'serviceAccount'
union
select person_id from service_account;

-- What git says of an account goes before what was said by command; who is erased, or is no person, owns nothing.
create view owned_account as
select said.person_id, said.purpose, said.may_act, said.since, said.file, said.line,
  array(
    select distinct owner.id from unnest(said.owners) o(id) join person owner on owner.id = o.id
    where owner.identities <> '{}' and owner.id <> said.person_id and not is_service_account(owner.id) order by owner.id
  ) as owners
from (
  select d.person_id, d.spec->'serviceAccount'->>'purpose' as purpose,
    array(select jsonb_array_elements_text(coalesce(d.spec->'serviceAccount'->'mayAct', '[]'))) as may_act,
    null::timestamptz as since, d.file, line_of(d.key_lines, 'serviceAccount', d.line) as line,
    array(
      select i.person_id from jsonb_array_elements_text(d.spec->'serviceAccount'->'owners') o(ref)
      join identity i on i.ref = o.ref) as owners
  from user_document d where d.person_id is not null and d.spec ? 'serviceAccount'
  union all
  select a.person_id, a.purpose, a.may_act, a.since, null, null,
    array(select o.owner_id from service_account_owner o where o.person_id = a.person_id)
  from service_account a
  where not exists (select from user_document d where d.person_id = a.person_id and d.spec ? 'serviceAccount')
) said;

-- Whether rules of expiration leave a person alone, because it is none.
create function is_exempt(expiration jsonb, person integer) returns boolean language sql stable as $$
  select (expiration->>'exemptServiceAccounts')::boolean is true and is_service_account(person)
$$;
