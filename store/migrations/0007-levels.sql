-- Levels of assurance.

-- The day from which the level that an identity was seen with counts no more; null where it counts for ever.
create function level_until(seen_at timestamptz, source jsonb, zone text) returns date language sql stable as $$
  select (day_of(seen_at, zone) + (source->>'validFor')::interval)::date
$$;

-- The levels of a person's identities on a day of a time zone: as an identity was seen, for as long as its source says that
-- counts, else what the source says of all its identities. It agrees with `levelOf` in core.
create function levels_on(person integer, today date, zone text) returns table (loa integer) language sql stable as $$
  select level.loa
  from identity i
  join source s on s.name = i.source
  cross join lateral (
    select case
        when i.loa is not null and coalesce(today < level_until(i.seen_at, s.spec, zone), true) then i.loa::integer
        else (s.spec->>'loa')::integer end as loa
  ) level
  where i.person_id = person and level.loa is not null
$$;

-- The highest of them, 0 where none is known.
create function loa_on(person integer, today date, zone text) returns integer language sql stable as $$
  select coalesce(max(loa), 0) from levels_on(person, today, zone)
$$;

-- Whether a VO that accepts only some levels accepts none of the person's.
create function lacks_level(vo vo, person integer, today date) returns boolean language sql stable as $$
  select vo.spec->'requires' ? 'loa' and not exists (
    select 1 from levels_on(person, today, zone_of(vo.id)) l where vo.spec->'requires'->'loa' @> to_jsonb(l.loa))
$$;

-- Whether a level of somebody INVALID came to its end by a moment that nobody has judged yet: what had ended before was judged then.
create function has_lapsed_by(mb member, moment timestamptz) returns boolean language sql stable as $$
  select exists (
    select from vo
    join identity i on i.person_id = mb.person_id and i.loa is not null
    join source s on s.name = i.source and s.spec ? 'validFor'
    cross join lateral (select zone_of(vo.id) as zone) here
    where vo.id = mb.vo_id and vo.spec->'requires' ? 'loa'
      and level_until(i.seen_at, s.spec, here.zone) <= day_of(moment, here.zone)
      and level_until(i.seen_at, s.spec, here.zone) > day_of(greatest(mb.since, mb.judged_at), here.zone))
$$;
