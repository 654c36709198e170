-- What offers asked for before, and which levels of assurance members had then.

-- Since when an offer asks for what it asks for, and whether the resource lies within it; null: since it is there.
alter table resource add column offer_since timestamptz;

create table offer_past (
  resource_id integer not null,
  within_offer boolean not null,
  accepts smallint[],
  began timestamptz not null,
  ended timestamptz not null
);
create index on offer_past (resource_id);

create function offer_at(resource integer, moment timestamptz)
returns table (within_offer boolean, accepts smallint[]) language sql stable as $$
  select r.within_offer, r.accepts from resource r where r.id = resource and coalesce(r.offer_since, '-infinity') <= moment
  union all
  select o.within_offer, o.accepts from offer_past o where o.resource_id = resource and o.began <= moment and o.ended > moment
$$;

-- Kept for as long as an offer asks; null where none ever did.
alter table member add column levels_since timestamptz;

create table levels_past (
  vo_id integer not null,
  person_id integer not null,
  levels smallint[] not null,
  began timestamptz not null,
  ended timestamptz not null
);
create index on levels_past (person_id, vo_id);

create function levels_at(moment timestamptz)
returns table (vo_id integer, person_id integer, levels smallint[]) language sql stable as $$
  select m.vo_id, m.person_id, m.levels from member m where m.levels_since <= moment
  union all
  select l.vo_id, l.person_id, l.levels from levels_past l where l.began <= moment and l.ended > moment
$$;
