-- Access reviews: who is asked whether people still need a membership, what they said, and what came of it.

create type review_state as enum ('open', 'held', 'closed', 'cancelled');

-- `vo` and `name` are names as they were last known: what is reviewed may go, the review stays.
create table review (
  id integer generated always as identity primary key,
  kind text not null check (kind in ('vo', 'group', 'resource')),
  vo_id integer references vo on delete set null,
  group_id integer references groups on delete set null,
  resource_id integer references resource on delete set null,
  vo text collate "C" not null,
  name text collate "C",
  -- Holders as documents name them, and roles: `{"role": "managers"}`.
  reviewers jsonb not null,
  -- What becomes of those about whom nobody decided.
  unanswered text not null check (unanswered in ('keep', 'remove')),
  reason text not null,
  actor text not null,
  authentication text,
  -- In force when it began, and when it was closed.
  commit text,
  closing_commit text,
  started_at timestamptz not null,
  due_at timestamptz not null,
  -- Moments before `due_at`, each told once.
  reminders timestamptz[] not null default '{}',
  -- When the last of them was.
  told_at timestamptz,
  state review_state not null default 'open',
  -- The digest under which what it takes away is held.
  held text,
  ended_at timestamptz,
  ended_by text,
  outcome text,
  -- Of the evidence as it was when it was closed.
  evidence text
);
create unique index on review (vo_id, kind, coalesce(group_id, 0), coalesce(resource_id, 0)) where state in ('open', 'held');
create index on review (group_id);
create index on review (resource_id);

-- A person who is reviewed.
create table review_item (
  id bigint generated always as identity primary key,
  review_id integer not null references review on delete cascade,
  person_id integer not null references person,
  -- What was decided in the end, null while the review is open; `default` where nobody did.
  decided text check (decided in ('keep', 'remove', 'transfer')),
  is_default boolean not null default false,
  unique (review_id, person_id)
);
create index on review_item (person_id);

-- A row that holds the person, as the review found it. Rows that begin later are `anew`.
create table review_row (
  id bigint generated always as identity primary key,
  item_id bigint not null references review_item on delete cascade,
  group_id integer references groups on delete set null,
  -- By the name that it had; null for a row of the VO itself.
  group_name text collate "C",
  origin text not null,
  origin_name text not null,
  since timestamptz not null,
  outcome text check (outcome in ('anew', 'ended', 'kept', 'not-approved', 'refused', 'removed', 'transferred', 'unresolved')),
  note text
);
create index on review_row (item_id);
create index on review_row (group_id);

-- Insert-only: of one person the last decision counts whose reviewer still is one when the review is closed.
create table review_decision (
  id bigint generated always as identity primary key,
  item_id bigint not null references review_item on delete cascade,
  -- Who decides; null for the system's own user.
  person_id integer references person,
  actor text not null,
  authentication text,
  -- Whom they stand in for.
  for_person_id integer references person,
  -- As which of the reviewers: `managers`, `group board`, `admins`.
  role text not null,
  decision text not null check (decision in ('keep', 'remove', 'transfer')),
  -- Of `transfer`: the sponsor who takes over.
  sponsor_id integer references person,
  reason text not null default '',
  commit text,
  at timestamptz not null,
  -- Whether it counted in the end, and why it did not.
  void text
);
create index on review_decision (item_id);
create index on review_decision (person_id);
create index on review_decision (sponsor_id);
create index on review_decision (for_person_id);

-- Changes to files of git that would end rows which a review may not.
create table review_patch (
  review_id integer primary key references review on delete cascade,
  commit text not null,
  patch text not null
);

-- Insert-only: reviews to look at; the relay deletes exactly the rows that it has seen.
create table review_wake (
  id bigint generated always as identity primary key,
  review_id integer not null
);

-- Whom a reviewer of a review names, as holders: those of its documents for a role.
create function review_holders(r review, reviewer jsonb) returns jsonb language sql stable as $$
  select case when reviewer ? 'role' then coalesce((
      select jsonb_agg(h.holder) from (
        select vo.spec from vo where vo.id = r.vo_id
        union all
        select above.spec from groups g join groups above on above.vo_id = g.vo_id
          and (above.id = g.id or starts_with(g.name, above.name || ':'))
        where g.id = r.group_id
        union all
        select res.spec from resource res where res.id = r.resource_id
      ) document cross join jsonb_array_elements(document.spec->(reviewer->>'role')) as h(holder)), '[]')
    else jsonb_build_array(reviewer) end
$$;

-- Whether it is about members of the VO as such, who leave it then: so it is for a resource to which all members are assigned.
create function review_is_of_vo(r review) returns boolean language sql stable as $$
  select r.kind = 'vo' or exists (
    select from resource_group rg join groups g on g.id = rg.group_id and g.is_members where rg.resource_id = r.resource_id)
$$;

-- The rows that a review is about, as they stand; `is_within` those whose group is the review's own, and not one that it includes.
create function review_scope(r review) returns table (
  group_id integer, group_name text, person_id integer, origin text, origin_name text, since timestamptz, status status, is_within boolean
) language sql stable as $$
  select m.group_id, g.name, m.person_id, m.origin, m.origin_name, m.since, m.status,
    r.kind <> 'group' or g.name = own.name or starts_with(g.name, own.name || ':')
  from membership m
  join member mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id) and mb.status <> 'DISABLED'
  left join groups g on g.id = m.group_id
  left join groups own on own.id = r.group_id
  where m.vo_id = r.vo_id and case r.kind
    when 'vo' then true
    when 'group' then m.group_id in (select c.below from closure c where c.above = r.group_id)
    else review_is_of_vo(r) or m.group_id in (
      select c.below from resource_group rg join closure c on c.above = rg.group_id where rg.resource_id = r.resource_id) end
$$;

-- As what a person may decide in a review; a sponsor only about guests.
create function review_roles(r review, person integer) returns table (role text, only_guests boolean) language sql stable as $$
  select 'admins', false from instance where is_among(spec->'admins', '', person)
  union all
  select coalesce(x.reviewer->>'role', 'user ' || (x.reviewer->>'user'), 'group ' || (x.reviewer->>'group')),
    coalesce(x.reviewer->>'role' = 'sponsors', false)
  from jsonb_array_elements(r.reviewers) as x(reviewer)
  where is_among(review_holders(r, x.reviewer), coalesce((select name from vo where id = r.vo_id), r.vo), person)
    and not exists (select from ban b where b.vo_id = r.vo_id and b.person_id = person)
$$;

-- What templates may name of a review, as it stands.
create function review_tags(r review) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'vo', jsonb_build_object('name', coalesce(vo.name, r.vo), 'title', coalesce(vo.title, vo.name, r.vo)),
    'review', jsonb_build_object(
      'id', r.id, 'kind', r.kind, 'of', coalesce(vo.name, r.vo) || coalesce('/' || coalesce(g.name, res.name, r.name), ''),
      'title', case when r.kind = 'vo' then coalesce(vo.title, vo.name, r.vo) else coalesce(g.title, res.title, g.name, res.name, r.name) end,
      'dueOn', day_of(r.due_at, coalesce(zone_of(vo.id), 'UTC'))::text, 'unanswered', r.unanswered, 'reason', r.reason,
      'state', r.state, 'outcome', coalesce(r.outcome, ''),
      'people', (select count(*) from review_item x where x.review_id = r.id),
      'removed', (select count(*) from review_item x join review_row w on w.item_id = x.id where x.review_id = r.id and w.outcome = 'removed'),
      'unresolved', (
        select count(*) from review_item x join review_row w on w.item_id = x.id where x.review_id = r.id and w.outcome = 'unresolved')))
  from (values (1)) one left join vo on vo.id = r.vo_id left join groups g on g.id = r.group_id
  left join resource res on res.id = r.resource_id
$$;
