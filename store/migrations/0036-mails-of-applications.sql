-- What people are told of applications.

-- A mail about an application goes with it.
alter table mail add column application_id integer references application on delete cascade;
create index on mail (application_id) where application_id is not null;

-- What somebody is to be told, written with what it tells; whoever sends mail makes a mail of it, and the row goes.
create table mail_draft (
  id bigint generated always as identity primary key,
  -- Of the mail: the same is never said twice.
  key text collate "C" not null unique,
  event text not null,
  vo_id integer references vo on delete set null,
  -- Who reads it; null for who is not known yet.
  person_id integer references person,
  application_id integer references application on delete cascade,
  -- Null for the address of whoever reads it.
  recipient text,
  -- In which whoever reads it applied.
  language text,
  -- As it was when it happened.
  tags jsonb not null,
  at timestamptz not null,
  -- Why no mail is made of it.
  untold text check (untold in ('no-address'))
);
create index on mail_draft (person_id);
create index on mail_draft (application_id);
create index on mail_draft (id) where untold is null;

-- A value of a person as text, whoever gave it or however it was made; else the attribute's default.
create function value_of_person(name text, person integer) returns text language sql stable as $$
  select coalesce(
    (select v.value #>> '{}' from attribute_value v where (v.attribute, v.subject, v.object) = (name, person, 0)),
    (select d.spec->>'default' from attribute_definition d where d.name = value_of_person.name))
$$;

-- What a person is called in a mail: their name, else an identity of theirs; null of nobody.
create function name_of(person integer) returns text language sql stable as $$
  select coalesce(value_of_person('user.displayName', p.id), p.identities[1]) from person p where p.id = name_of.person
$$;

-- What templates may name of an application, as it stands.
create function application_tags(asked integer) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'vo', jsonb_build_object('name', coalesce(vo.name, a.vo), 'title', coalesce(vo.title, vo.name, a.vo)),
    'application', jsonb_build_object(
      'id', a.id, 'kind', a.kind, 'form', coalesce(f.name, a.form), 'version', a.version,
      'for', coalesce(vo.name, a.vo) || coalesce('/' || coalesce(g.name, a.group_name), ''),
      'title', coalesce(g.title, g.name, a.group_name, vo.title, vo.name, a.vo),
      'filedOn', day_of(a.filed_at, here.zone)::text,
      'state', a.state, 'waitingFor', coalesce(a.waiting_for, ''), 'reason', coalesce(a.reason, ''),
      'identity', a.identity, 'displayName', coalesce(value_of_person('user.displayName', who.person), named.answer, a.identity)),
    'answers', coalesce(x.answers, '{}'),
    'membership', case when m.status is null then '{"status": "", "expires": "", "lastDay": ""}'
      else jsonb_build_object('status', m.status, 'expires', coalesce(m.expires::text, ''), 'lastDay', coalesce((m.expires - 1)::text, '')) end)
  from application a
  left join vo on vo.id = a.vo_id
  left join groups g on g.id = a.group_id
  left join form f on f.id = a.form_id
  left join application_answers x on (x.application_id, x.version) = (a.id, a.version)
  cross join lateral (select coalesce(a.person_id, (select person_id from identity where ref = a.identity)) as person) who
  cross join lateral (select coalesce(zone_of(vo.id), zone_of_instance()) as zone) here
  left join lateral (
    select x.answers->>(item->>'name') as answer from jsonb_array_elements(f.spec->'items') item
    where item->>'fills' = 'user.displayName' limit 1
  ) named on true
  left join lateral (
    select mb.status::text, mb.expires from member mb
    where a.group_name is null and (mb.vo_id, mb.person_id) = (a.vo_id, who.person)
    union all
    select min(r.status)::text, case when bool_and(r.expires is not null) then max(r.expires) end from membership r
    where (r.group_id, r.person_id) = (a.group_id, who.person) having count(*) > 0
  ) m on true
  where a.id = asked
$$;

-- The other way round than `is_among`: all whom a list of holders names.
create function people_among(named jsonb, vo text) returns setof integer language sql stable as $$
  select i.person_id from jsonb_array_elements(named) n(holder) join identity i on i.ref = n.holder->>'user'
  where i.person_id is not null
  union
  select mb.person_id from jsonb_array_elements(named) n(holder)
  cross join lateral (
    select case when n.holder->>'group' like '%/%' then n.holder->>'group' else vo || '/' || (n.holder->>'group') end as path
  ) held
  join vo v on v.name = split_part(held.path, '/', 1)
  join member mb on mb.vo_id = v.id and mb.status = 'VALID'
  where n.holder ? 'group' and (split_part(held.path, '/', 2) = 'members' or mb.person_id in (
    select m.person_id from groups g join closure c on c.above = g.id
    join membership m on m.group_id = c.below and m.status = 'VALID'
    where g.vo_id = v.id and g.name = split_part(held.path, '/', 2)))
$$;

-- The holders whom a step of an approval names, and those it escalates to where it has; who has a role in a group has it in those below.
create function holders_in_step(step jsonb, of_vo integer, of_group integer, is_escalated boolean) returns jsonb language sql stable as $$
  select case when jsonb_typeof(step->'by') = 'string' then coalesce((
        select jsonb_agg(h.holder) from (
          select spec from vo where id = of_vo
          union all
          select above.spec from groups g join groups above on above.vo_id = g.vo_id
            and (above.id = g.id or starts_with(g.name, above.name || ':'))
          where g.id = of_group
        ) document cross join jsonb_array_elements(document.spec->(step->>'by')) as h(holder)), '[]')
      when step->'by' ? 'where' then '[]' else jsonb_build_array(step->'by') end
    || case when is_escalated and step ? 'escalateTo' then jsonb_build_array(step->'escalateTo') else '[]' end
$$;

create index on application (step_since) where state = 'open';

-- The last day for which those who decide were told what waits for them.
create table digest (
  is_one boolean primary key default true check (is_one),
  day date not null
);

-- When on a day they are told: in the morning, by the clock of the instance.
create function digest_at(day date) returns timestamptz language sql stable as $$
  select (day + time '07:00') at time zone zone_of_instance()
$$;

-- The day of the newest morning at a moment.
create function digest_day(moment timestamptz) returns date language sql stable as $$
  select case when digest_at(today) <= moment then today else today - 1 end from (select day_of(moment, zone_of_instance()) as today) t
$$;
